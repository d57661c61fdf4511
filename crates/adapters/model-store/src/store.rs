//! The store: what is there, is it whole, where is it.
//!
//! Looking needs no lock and changes nothing but the stamps. What changes a model ([`Store::pull`], [`Store::import`], [`Store::remove`]) takes the
//! model's lock first.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::{Catalogue, Model, ModelFile};
use crate::disk::{Disk, LocalDisk, remove_if_there};
use crate::error::Error;
use crate::hash::Sha256Sum;
use crate::lock::{self, Lock};
use crate::progress::{Phase, Progress, Update};
use crate::stamp::Stamps;

/// How the store may behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only what is there: [`Store::pull`] of anything else is [`Error::Offline`].
    pub offline: bool,
    /// The Python that runs pip, found through `PATH` unless it is a path.
    pub python: PathBuf,
    /// How long a connection may take to be made, name look-up and TLS included.
    pub connect_timeout: Duration,
    /// How long a home may send nothing, or less than 1 KiB/s.
    pub stall_timeout: Duration,
    /// How long pip may go without a byte. Longer than the time-outs of pip itself, which are the user's to configure.
    pub package_stall_timeout: Duration,
    /// How often a home is asked again for a file after a break or a server error.
    pub retries: u32,
    /// The wait before the first of these; it doubles each time.
    pub backoff: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            offline: false,
            python: PathBuf::from(if cfg!(windows) { "python" } else { "python3" }),
            connect_timeout: Duration::from_secs(5),
            stall_timeout: Duration::from_secs(30),
            package_stall_timeout: Duration::from_secs(300),
            retries: 4,
            backoff: Duration::from_millis(500),
        }
    }
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Size, modification time and that the file opens; hashes only what was never hashed or has changed since.
    Quick,
    /// Hashes everything.
    Full,
}

/// A model and what the store has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The model.
    pub model: Model,
    /// Where its files are, or will be.
    pub folder: PathBuf,
    /// The sum of `files`.
    pub state: State,
    /// Its files, in the order of the catalogue.
    pub files: Vec<FileListing>,
}

impl Listing {
    /// What of the model takes up space in the store, in bytes, a download under way included.
    #[must_use]
    pub fn bytes_on_disk(&self) -> u64 {
        self.files.iter().map(|file| file.bytes_on_disk).sum()
    }

    /// The first damaged file and what is wrong with it.
    fn damage(&self) -> Option<(&FileListing, &Damage)> {
        self.files.iter().find_map(|file| match &file.state {
            FileState::Damaged(damage) => Some((file, damage)),
            FileState::Present | FileState::Absent | FileState::Partial { .. } => None,
        })
    }

    fn missing(&self) -> Vec<String> {
        self.files.iter().filter(|file| file.state != FileState::Present).map(|file| file.name.clone()).collect()
    }
}

/// A file of a model and what the store has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileListing {
    /// Its name.
    pub name: String,
    /// Where it is, or will be.
    pub path: PathBuf,
    /// Whether it can be used.
    pub state: FileState,
    /// The space it takes up, in bytes, a download under way included.
    pub bytes_on_disk: u64,
}

/// The state of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Every file is there and verified.
    Present,
    /// Nothing is there.
    Absent,
    /// Some of it is there; a pull goes on from it.
    Partial,
    /// A file is there and is not what it should be; a pull replaces it.
    Damaged,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Partial => "partial",
            Self::Damaged => "damaged",
        })
    }
}

/// The state of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// Verified.
    Present,
    /// Not there.
    Absent,
    /// Not there, but a download of it resumes after this many bytes.
    Partial {
        /// How many.
        bytes: u64,
    },
    /// There, and not what it should be.
    Damaged(Damage),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Cut, or something else.
    #[error("it has {found} bytes where {expected} are expected")]
    WrongSize {
        /// What it has.
        found: u64,
        /// What the catalogue says.
        expected: u64,
    },
    /// Swapped, or corrupted.
    #[error("its content has SHA-256 {found} where {expected} is expected")]
    WrongHash {
        /// What it has.
        found: Sha256Sum,
        /// What the catalogue says.
        expected: Sha256Sum,
    },
    /// It cannot be read.
    #[error("it cannot be read ({detail})")]
    Unreadable {
        /// What the operating system says.
        detail: String,
    },
    /// It is a folder, or something else that is no file.
    #[error("it is not a file")]
    NotAFile,
}

/// A folder of models. Cheap to clone; making one touches nothing.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    dir: PathBuf,
    catalogue: Catalogue,
    options: Options,
    disk: Arc<dyn Disk>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.inner.dir)
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The store in this folder, which need not exist.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, catalogue: Catalogue, options: Options) -> Self {
        Self::with_disk(dir, catalogue, options, Arc::new(LocalDisk))
    }

    /// The same, writing through `disk`.
    #[must_use]
    pub fn with_disk(dir: impl Into<PathBuf>, catalogue: Catalogue, options: Options, disk: Arc<dyn Disk>) -> Self {
        let dir = dir.into();
        // Symbolic links and the folder that pip is told need an absolute path.
        let dir = std::path::absolute(&dir).unwrap_or(dir);
        Self { inner: Arc::new(Inner { dir, catalogue, options, disk }) }
    }

    /// The folder, absolute.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// What it can hold.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.inner.disk
    }

    /// The folder of a model, if all its files are there and verified. A quick check: a file that was never hashed here is hashed once (about 0.1 s for
    /// 75 MB), so call it where blocking is allowed.
    #[must_use]
    pub fn path(&self, model: &str) -> Option<PathBuf> {
        self.require(model).ok()
    }

    /// The same, saying why not.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::Missing`] ([`Error::Offline`] where nothing may be fetched) or [`Error::Damaged`], which names the file.
    pub fn require(&self, model: &str) -> Result<PathBuf, Error> {
        let listing = self.inspect(model, Check::Quick)?;
        if listing.state == State::Present {
            return Ok(listing.folder);
        }
        if let Some((file, damage)) = listing.damage() {
            return Err(Error::Damaged {
                model: model.to_owned(),
                path: file.path.clone(),
                damage: damage.to_string(),
            });
        }
        Err(self.absent(&listing))
    }

    pub(crate) fn absent(&self, listing: &Listing) -> Error {
        let (model, files, dir) = (listing.model.name.clone(), listing.missing(), self.dir().to_owned());
        if self.options().offline { Error::Offline { model, files, dir } } else { Error::Missing { model, files, dir } }
    }

    /// Every model of the catalogue with its state, by a quick check. Blocks as [`Store::path`] does.
    #[must_use]
    pub fn list(&self) -> Vec<Listing> {
        self.catalogue().models().iter().map(|model| self.look(model, Check::Quick, &mut |_, _| {})).collect()
    }

    /// One model with its state. Blocks: a full check reads every byte.
    ///
    /// # Errors
    /// [`Error::UnknownModel`].
    pub fn inspect(&self, model: &str, check: Check) -> Result<Listing, Error> {
        Ok(self.look(self.model(model)?, check, &mut |_, _| {}))
    }

    /// Hashes every file of a model. Damage is a finding, not an error: see [`Listing::files`].
    ///
    /// # Errors
    /// [`Error::UnknownModel`].
    pub async fn verify(&self, model: &str, progress: &Arc<dyn Progress>) -> Result<Listing, Error> {
        let model = self.model(model)?.clone();
        let (store, progress) = (self.clone(), Arc::clone(progress));
        Ok(blocking(move || {
            store.look(&model, Check::Full, &mut |file, bytes| {
                progress.update(&Update {
                    model: model.name.clone(),
                    file: Some(file.name.clone()),
                    source: None,
                    phase: Phase::Verifying,
                    bytes,
                    total: file.bytes,
                });
            })
        })
        .await)
    }

    /// Removes a model: its files, what is under way of it, and content that no other model uses. Files in its folder that the catalogue does not name
    /// stay. Gives the number of bytes that its files took up.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::NotWritable`], [`Error::Lock`].
    pub async fn remove(&self, model: &str, progress: &Arc<dyn Progress>) -> Result<u64, Error> {
        let model = self.model(model)?.clone();
        if !self.dir().exists() {
            return Ok(0);
        }
        let lock = self.lock(&model, progress).await?;
        let store = self.clone();
        blocking(move || {
            let freed = store.delete(&model);
            drop(lock);
            freed
        })
        .await
    }

    pub(crate) fn model(&self, name: &str) -> Result<&Model, Error> {
        self.catalogue().find(name).ok_or_else(|| Error::UnknownModel {
            name: name.to_owned(),
            known: self.catalogue().models().iter().map(|model| model.name.clone()).collect(),
        })
    }

    /// Waits for the right to change a model.
    pub(crate) async fn lock(&self, model: &Model, progress: &Arc<dyn Progress>) -> Result<Arc<Lock>, Error> {
        let folder = self.dir().join("locks");
        self.disk().create_dir_all(&folder).map_err(|source| Error::write(&folder, source))?;
        let path = folder.join(format!("{}.lock", model.name));
        let waiting = || {
            let bytes = model.files.iter().map(|file| self.bytes_so_far(model, file)).sum();
            progress.update(&Update {
                model: model.name.clone(),
                file: None,
                source: None,
                phase: Phase::Waiting,
                bytes,
                total: model.bytes(),
            });
        };
        lock::acquire(&path, self.disk().as_ref(), waiting).await.map(Arc::new)
    }

    fn bytes_so_far(&self, model: &Model, file: &ModelFile) -> u64 {
        let size = |path: &Path| fs::metadata(path).map(|metadata| metadata.len()).ok();
        size(&self.file_path(model, file)).or_else(|| size(&self.part_path(model, file))).unwrap_or(0)
    }

    /// Looks at a model; `step` is told how far the hashing of a file is.
    pub(crate) fn look(&self, model: &Model, check: Check, step: &mut dyn FnMut(&ModelFile, u64)) -> Listing {
        let stamps_path = self.stamps_path(model);
        let before = Stamps::read(&stamps_path);
        let mut stamps = before.clone();
        let mut files = Vec::with_capacity(model.files.len());
        for file in &model.files {
            let path = self.file_path(model, file);
            let part = fs::metadata(self.part_path(model, file)).map_or(0, |metadata| metadata.len());
            let (state, bytes) = match examine(&path, file, check, &mut stamps, step) {
                Ok(found) => found,
                Err(error) if error.kind() == io::ErrorKind::NotFound && part > 0 => {
                    (FileState::Partial { bytes: part }, 0)
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => (FileState::Absent, 0),
                Err(error) => (FileState::Damaged(Damage::Unreadable { detail: error.to_string() }), 0),
            };
            files.push(FileListing { name: file.name.clone(), path, state, bytes_on_disk: bytes + part });
        }
        if stamps != before {
            stamps.write(&stamps_path);
        }
        Listing { model: model.clone(), folder: self.folder(model), state: summary(&files), files }
    }

    fn delete(&self, model: &Model) -> Result<u64, Error> {
        let mut freed = 0;
        for file in &model.files {
            let path = self.file_path(model, file);
            freed += fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
            let pieces = file.parts().iter().map(|part| part.sha256);
            let blobs = std::iter::once(file.sha256)
                .chain(pieces)
                .filter(|sum| !self.is_used_elsewhere(model, *sum))
                .map(|sum| self.blob_path(sum));
            for path in std::iter::once(path).chain(blobs) {
                remove_if_there(&path).map_err(|source| Error::write(&path, source))?;
            }
        }
        let partial = self.partial_folder(model);
        if let Err(source) = fs::remove_dir_all(&partial)
            && source.kind() != io::ErrorKind::NotFound
        {
            return Err(Error::write(&partial, source));
        }
        let stamps = self.stamps_path(model);
        remove_if_there(&stamps).map_err(|source| Error::write(&stamps, source))?;
        // Fails when the user keeps something of their own in it, which is then left alone.
        let _ = fs::remove_dir(self.folder(model));
        Ok(freed)
    }

    fn is_used_elsewhere(&self, model: &Model, sum: Sha256Sum) -> bool {
        let others = self.catalogue().models().iter().filter(|other| other.name != model.name);
        others
            .flat_map(|other| other.files.iter().map(move |file| (other, file)))
            .any(|(other, file)| file.sha256 == sum && self.file_path(other, file).exists())
    }

    pub(crate) fn folder(&self, model: &Model) -> PathBuf {
        self.dir().join(&model.name)
    }

    pub(crate) fn file_path(&self, model: &Model, file: &ModelFile) -> PathBuf {
        self.folder(model).join(&file.name)
    }

    pub(crate) fn blob_path(&self, sum: Sha256Sum) -> PathBuf {
        self.dir().join("blobs").join(format!("sha256-{sum}"))
    }

    pub(crate) fn partial_folder(&self, model: &Model) -> PathBuf {
        self.dir().join("partial").join(&model.name)
    }

    /// The download that resumes.
    pub(crate) fn part_path(&self, model: &Model, file: &ModelFile) -> PathBuf {
        self.partial_folder(model).join(format!("{}.part", file.name))
    }

    pub(crate) fn stamps_path(&self, model: &Model) -> PathBuf {
        self.dir().join("stamps").join(format!("{}.json", model.name))
    }
}

/// The state of the file at `path` and its size. An error of kind `NotFound` is an absent file.
fn examine(
    path: &Path,
    file: &ModelFile,
    check: Check,
    stamps: &mut Stamps,
    step: &mut dyn FnMut(&ModelFile, u64),
) -> io::Result<(FileState, u64)> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok((FileState::Damaged(Damage::NotAFile), 0));
    }
    let found = metadata.len();
    if found != file.bytes {
        stamps.clear(file);
        return Ok((FileState::Damaged(Damage::WrongSize { found, expected: file.bytes }), found));
    }
    if check == Check::Quick && stamps.holds(file, &metadata) {
        File::open(path)?;
        return Ok((FileState::Present, found));
    }
    let sum = Sha256Sum::of_file(path, |bytes| step(file, bytes))?;
    if sum != file.sha256 {
        stamps.clear(file);
        return Ok((FileState::Damaged(Damage::WrongHash { found: sum, expected: file.sha256 }), found));
    }
    stamps.set(file, &metadata);
    Ok((FileState::Present, found))
}

fn summary(files: &[FileListing]) -> State {
    let any = |wanted: fn(&FileState) -> bool| files.iter().any(|file| wanted(&file.state));
    if any(|state| matches!(state, FileState::Damaged(_))) {
        State::Damaged
    } else if any(|state| matches!(state, FileState::Partial { .. })) {
        State::Partial
    } else if any(|state| *state == FileState::Absent) {
        if any(|state| *state == FileState::Present) { State::Partial } else { State::Absent }
    } else {
        State::Present
    }
}

/// Runs what blocks on its own thread. A panic there goes on here.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down and this future will never be polled to its end.
            Err(_) => std::future::pending().await,
        },
    }
}
