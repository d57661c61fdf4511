//! Taking a model from where the user has it: a file, a folder, or a wheel.
//!
//! A file is recognized by its hash, whatever its name, also as a part of one that packages carry in pieces. It is copied, never moved or linked: what
//! the user gives stays theirs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use crate::catalogue::{Model, ModelFile, PackagePart};
use crate::disk::{remove_if_there, sync_folder};
use crate::error::{Error, Rejected};
use crate::hash::{Hasher, STEP, Sha256Sum};
use crate::package::{CopyError, copy};
use crate::progress::{Phase, Progress, Update};
use crate::pull::Job;
use crate::store::{Check, FileState, Listing, Store, blocking};

/// How deep a folder is searched.
const DEPTH_MAX: usize = 8;
/// How many files are looked at; a folder with more is hardly one of models.
const FILES_MAX: usize = 10_000;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The files that were recognized, in the order in which they were found.
    pub files: Vec<ImportedFile>,
    /// The models they belong to, as they are in the store after it.
    pub models: Vec<Listing>,
    /// Files that look like one of a model and are not.
    pub rejected: Vec<Rejected>,
}

/// A file that was recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Where it was found; of a file in a wheel, the wheel.
    pub path: PathBuf,
    /// The model it belongs to.
    pub model: String,
    /// The file of the model that it is, or is a part of.
    pub file: String,
    /// Which part of how many, counted from 1, where it is one.
    pub part: Option<(usize, usize)>,
}

/// Where bytes come from.
#[derive(Debug, Clone)]
enum Origin {
    File(PathBuf),
    Wheel(PathBuf, String),
}

impl Origin {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Wheel(path, _) => path,
        }
    }

    /// Gives a reader of the bytes to `read`.
    fn read<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> std::io::Result<T> {
        match self {
            Self::File(path) => Ok(read(&mut File::open(path)?)),
            Self::Wheel(path, name) => {
                let mut archive = ZipArchive::new(File::open(path)?)?;
                let mut entry = archive.by_name(name)?;
                Ok(read(&mut entry))
            }
        }
    }

    fn hash(&self, limit: u64) -> std::io::Result<Sha256Sum> {
        self.read(|reader| {
            let mut reader = reader.take(limit);
            let mut hasher = Hasher::default();
            let mut buffer = vec![0; STEP];
            loop {
                let read = reader.read(&mut buffer)?;
                if read == 0 {
                    return Ok(hasher.finish());
                }
                hasher.update(&buffer[..read]);
            }
        })?
    }
}

/// Something the catalogue knows, and where it was found.
#[derive(Debug, Clone)]
struct Match {
    origin: Origin,
    model: Model,
    file: ModelFile,
    /// Index into [`ModelFile::parts`].
    part: Option<usize>,
}

impl Match {
    fn bytes(&self) -> u64 {
        self.piece().map_or(self.file.bytes, |piece| piece.bytes)
    }

    fn sha256(&self) -> Sha256Sum {
        self.piece().map_or(self.file.sha256, |piece| piece.sha256)
    }

    fn piece(&self) -> Option<&PackagePart> {
        self.part.and_then(|index| self.file.parts().get(index))
    }
}

impl Store {
    /// Imports a file, every file in a folder that belongs to a model, or those inside a wheel (`.whl`, `.zip`).
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::NotRecognized`] when nothing belongs to a model, [`Error::DiskFull`], [`Error::NotWritable`], [`Error::Lock`].
    pub async fn import(&self, path: &Path, progress: &Arc<dyn Progress>) -> Result<Imported, Error> {
        let (store, root) = (self.clone(), path.to_owned());
        let mut search = blocking(move || Search::run(&store, &root)).await?;
        if search.matches.is_empty() {
            return Err(Error::NotRecognized { path: path.to_owned(), files: search.files, rejected: search.rejected });
        }
        let mut by_model: BTreeMap<String, Vec<Match>> = BTreeMap::new();
        let mut files = Vec::new();
        for found in std::mem::take(&mut search.matches) {
            files.push(ImportedFile {
                path: found.origin.path().to_owned(),
                model: found.model.name.clone(),
                file: found.file.name.clone(),
                part: found.part.map(|index| (index + 1, found.file.parts().len())),
            });
            by_model.entry(found.model.name.clone()).or_default().push(found);
        }
        let mut models = Vec::new();
        for (name, matches) in by_model {
            let model = Arc::new(self.model(&name)?.clone());
            let lock = self.lock(&model, progress).await?;
            let job = Job { store: self.clone(), model, progress: Arc::clone(progress), lock };
            models.push(blocking(move || take_in(&job, &matches)).await?);
        }
        Ok(Imported { files, models, rejected: search.rejected })
    }
}

/// What a search found.
struct Search {
    matches: Vec<Match>,
    rejected: Vec<Rejected>,
    files: usize,
}

impl Search {
    fn run(store: &Store, root: &Path) -> Result<Self, Error> {
        let mut search = Self { matches: Vec::new(), rejected: Vec::new(), files: 0 };
        let metadata = fs::metadata(root).map_err(|source| Error::read(root, source))?;
        if metadata.is_dir() {
            search.folder(store, root, 0)?;
        } else {
            search.file(store, root).map_err(|source| Error::read(root, source))?;
        }
        Ok(search)
    }

    fn folder(&mut self, store: &Store, folder: &Path, depth: usize) -> Result<(), Error> {
        let entries = fs::read_dir(folder).map_err(|source| Error::read(folder, source))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if self.files >= FILES_MAX {
                return Ok(());
            }
            // A link to a folder is not followed, so that a circle ends; a link to a file is, as download caches are made of them.
            let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
            if is_folder && depth < DEPTH_MAX {
                self.folder(store, &path, depth + 1)?;
            } else if let Err(error) = self.file(store, &path) {
                self.rejected.push(Rejected { path, reason: format!("cannot be read ({error})") });
            }
        }
        Ok(())
    }

    fn file(&mut self, store: &Store, path: &Path) -> std::io::Result<()> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Ok(());
        }
        self.files += 1;
        if path.extension().is_some_and(|extension| extension == "whl" || extension == "zip") {
            let mut archive = ZipArchive::new(File::open(path)?)?;
            let mut entries = Vec::new();
            for index in 0..archive.len().min(FILES_MAX) {
                let entry = archive.by_index_raw(index)?;
                // A name that is no text cannot be one of the catalogue.
                let Ok(name) = entry.name().map(std::borrow::Cow::into_owned) else { continue };
                entries.push((name, entry.size()));
            }
            drop(archive);
            for (name, bytes) in entries {
                self.offer(store, Origin::Wheel(path.to_owned(), name), bytes)?;
            }
            return Ok(());
        }
        self.offer(store, Origin::File(path.to_owned()), metadata.len())
    }

    /// Compares something of this size with the catalogue; hashes it only when the size is right.
    fn offer(&mut self, store: &Store, origin: Origin, bytes: u64) -> std::io::Result<()> {
        let candidates: Vec<Match> =
            candidates(store, &origin).filter(|candidate| candidate.bytes() == bytes).collect();
        if candidates.is_empty() {
            let name = origin.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let (Origin::File(path), Some(same)) = (&origin, candidates_by_name(store, &name)) {
                self.rejected.push(Rejected { path: path.clone(), reason: format!("has {bytes} bytes, {same}") });
            }
            return Ok(());
        }
        let sum = origin.hash(bytes)?;
        let before = self.matches.len();
        let first = format!("{}/{}", candidates[0].model.name, candidates[0].file.name);
        self.matches.extend(candidates.into_iter().filter(|candidate| candidate.sha256() == sum));
        if self.matches.len() == before {
            let reason = format!("has the size of {first} and other content (SHA-256 {sum})");
            self.rejected.push(Rejected { path: origin.path().to_owned(), reason });
        }
        Ok(())
    }
}

/// Everything the catalogue knows, as if it were found at `origin`.
fn candidates<'a>(store: &'a Store, origin: &'a Origin) -> impl Iterator<Item = Match> + 'a {
    let files = store.catalogue().models().iter().flat_map(|model| model.files.iter().map(move |file| (model, file)));
    files.flat_map(move |(model, file)| {
        let pieces = (0..file.parts().len()).map(Some);
        std::iter::once(None).chain(pieces).map(move |part| Match {
            origin: origin.clone(),
            model: model.clone(),
            file: file.clone(),
            part,
        })
    })
}

/// What files of this name should have been, for people.
fn candidates_by_name(store: &Store, name: &str) -> Option<String> {
    let models = store.catalogue().models().iter();
    let same: Vec<String> = models
        .filter_map(|model| model.file(name).map(|file| format!("that of {} has {}", model.name, file.bytes)))
        .collect();
    (!same.is_empty()).then(|| same.join(", "))
}

/// Copies what was found for one model into the store.
fn take_in(job: &Job, matches: &[Match]) -> Result<Listing, Error> {
    let (store, model) = (&job.store, &job.model);
    for folder in [store.folder(model), job.folder(), store.dir().join("blobs")] {
        store.disk().create_dir_all(&folder).map_err(|source| Error::write(&folder, source))?;
    }
    let taken = matches.iter().try_for_each(|found| take_in_one(job, found)).and_then(|()| join_parts(job));
    let _ = fs::remove_dir(job.folder());
    let _ = fs::remove_dir(store.dir().join("partial"));
    taken.map(|()| store.look(model, Check::Quick, &mut |_, _| {}))
}

fn take_in_one(job: &Job, found: &Match) -> Result<(), Error> {
    let (store, model) = (&job.store, &job.model);
    let listing = store.look(model, Check::Quick, &mut |_, _| {});
    if listing.files.iter().any(|file| file.name == found.file.name && file.state == FileState::Present) {
        return Ok(());
    }
    let temporary = job.folder().join(format!("{}.import", found.file.name));
    let copied = copy_in(job, &found.file, &[&found.origin], &temporary, found.bytes(), found.sha256());
    let placed = copied.and_then(|()| match found.part {
        None => store.install(model, &found.file, &temporary),
        Some(_) => {
            let blob = store.blob_path(found.sha256());
            fs::rename(&temporary, &blob).map_err(|source| Error::write(&blob, source))?;
            sync_folder(&store.dir().join("blobs"));
            Ok(())
        }
    });
    let _ = remove_if_there(&temporary);
    placed
}

/// Joins files whose parts have all been imported.
fn join_parts(job: &Job) -> Result<(), Error> {
    let (store, model) = (&job.store, &job.model);
    for file in &model.files {
        let blobs: Vec<PathBuf> = file.parts().iter().map(|part| store.blob_path(part.sha256)).collect();
        if blobs.is_empty() || !blobs.iter().all(|blob| blob.exists()) {
            continue;
        }
        let origins: Vec<Origin> = blobs.iter().cloned().map(Origin::File).collect();
        let temporary = job.folder().join(format!("{}.import", file.name));
        let copied = copy_in(job, file, &origins.iter().collect::<Vec<_>>(), &temporary, file.bytes, file.sha256);
        let placed = copied.and_then(|()| store.install(model, file, &temporary));
        let _ = remove_if_there(&temporary);
        placed?;
    }
    Ok(())
}

/// Copies the origins one after the other and checks the whole: what was looked at may have changed since.
fn copy_in(
    job: &Job,
    file: &ModelFile,
    origins: &[&Origin],
    target: &Path,
    bytes: u64,
    sha256: Sha256Sum,
) -> Result<(), Error> {
    let disk = job.store.disk();
    let mut writer = disk.open(target, false).map_err(|source| Error::write(target, source))?;
    let mut done = 0;
    for origin in origins {
        let path = origin.path();
        let mut step = |now: u64| {
            job.progress.update(&Update {
                model: job.model.name.clone(),
                file: Some(file.name.clone()),
                source: Some(path.display().to_string()),
                phase: Phase::Unpacking,
                bytes: done + now,
                total: bytes,
            });
        };
        let copied = origin
            .read(|reader| copy(reader, &mut writer, target, bytes, disk, &mut step))
            .map_err(|source| Error::read(path, source))?;
        done += match copied {
            Ok(hasher) => hasher.bytes(),
            Err(CopyError::Read(source)) => return Err(Error::read(path, source)),
            Err(CopyError::Write(error)) => return Err(error),
        };
    }
    writer.sync_all().map_err(|source| Error::write(target, source))?;
    let found = Sha256Sum::of_file(target, |_| {}).map_err(|source| Error::read(target, source))?;
    if found != sha256 {
        let damage = format!("it changed while it was copied, to SHA-256 {found}");
        let path = origins.first().map_or(target, |origin| origin.path()).to_owned();
        return Err(Error::Damaged { model: job.model.name.clone(), path, damage });
    }
    Ok(())
}
