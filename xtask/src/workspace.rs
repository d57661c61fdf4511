//! Where things are: the checkout, cargo's target folder, the folder of models, the recordings.
//!
//! Nothing is configured here; every place follows from the checkout and from the few environment variables that
//! the tests read as well.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{self, cargo};

/// The cargo profile of tests, tools and the first command, so that one build serves all.
pub(crate) const PROFILE: &str = "ci";

/// The crates without clock, input or output. They are measured for coverage and built for `wasm32-unknown-unknown`.
pub(crate) const PURE_CRATES: &[&str] = &["types", "session", "agents", "audio", "speakable", "tasks", "policy"];

/// The checkout and what belongs to it.
pub(crate) struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    /// `cargo metadata --no-deps`: the crates of the workspace and what they depend on.
    pub(crate) metadata: Value,
}

impl Workspace {
    /// Finds the checkout from the current folder upwards.
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("failed to read the current folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .context("no checkout of Baton here: run this inside it")?
            .to_path_buf();
        let output =
            process::output(cargo().current_dir(&root).args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value = serde_json::from_str(&output).context("failed to read cargo metadata")?;
        let Some(target) = metadata["target_directory"].as_str() else {
            bail!("cargo metadata names no target folder");
        };
        Ok(Self { root, target: PathBuf::from(target), metadata })
    }

    /// The folder of the models: `BATON_MODELS` if set, else `models` in the target folder.
    pub(crate) fn models(&self) -> PathBuf {
        match env::var_os("BATON_MODELS") {
            Some(folder) if !folder.is_empty() => self.root.join(folder),
            _ => self.target.join("models"),
        }
    }

    /// The folder of recordings: `BATON_RECORDINGS` if set, else `shared/audio` beside the checkout if it exists.
    pub(crate) fn recordings(&self) -> Option<PathBuf> {
        match env::var_os("BATON_RECORDINGS") {
            Some(folder) if !folder.is_empty() => Some(self.root.join(folder)),
            _ => {
                let beside = self.root.parent()?.join("shared").join("audio");
                beside.is_dir().then_some(beside)
            }
        }
    }

    /// Builds one of our programs and returns its path.
    ///
    /// The whole workspace is selected, so that cargo gives the dependencies the same features as for the tests and
    /// none is built twice; `-p` would choose other features.
    pub(crate) fn build(&self, program: &str) -> Result<PathBuf> {
        let arguments = ["build", "--profile", PROFILE, "--workspace", "--bin", program];
        process::run(cargo().current_dir(&self.root).args(arguments))?;
        Ok(self.programs().join(program))
    }

    /// Builds an example and returns its path; the whole workspace is selected for the same reason.
    pub(crate) fn build_example(&self, example: &str) -> Result<PathBuf> {
        let arguments = ["build", "--profile", PROFILE, "--workspace", "--example", example];
        process::run(cargo().current_dir(&self.root).args(arguments))?;
        Ok(self.programs().join("examples").join(example))
    }

    /// Where the built programs lie.
    pub(crate) fn programs(&self) -> PathBuf {
        self.target.join(PROFILE)
    }

    /// The folder of the tools that `cargo xtask setup` installs.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// A tool by name, if the set-up could install it.
    pub(crate) fn tool(&self, name: &str) -> Option<PathBuf> {
        Some(self.tools().join("bin").join(name)).filter(|path| path.is_file())
    }

    /// The pure crates that exist, by the name of their folder.
    pub(crate) fn pure_crates(&self) -> Vec<&'static str> {
        let exists = |name: &&&str| self.root.join("crates").join(name).join("Cargo.toml").is_file();
        PURE_CRATES.iter().filter(exists).copied().collect()
    }

    /// The names of the integration tests of these crates.
    pub(crate) fn integration_tests(&self, crates: &[&str]) -> Vec<String> {
        let packages = self.metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
        let chosen = packages.iter().filter(|package| {
            let name = package["name"].as_str().and_then(|name| name.strip_prefix("baton-"));
            name.is_some_and(|name| crates.contains(&name))
        });
        let targets = chosen.flat_map(|package| package["targets"].as_array().map_or(&[][..], Vec::as_slice));
        let tests = targets.filter(|target| target["kind"][0] == "test");
        tests.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect()
    }

    /// The path relative to the checkout, with forward slashes, for messages.
    pub(crate) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
