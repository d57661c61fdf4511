//! What was hashed, and when it was last changed: the reason why a start does not hash 150 MB again.
//!
//! A stamp holds for a file of the same size and modification time whose catalogue entry is the same. It guards against accidents (cut, swapped,
//! written over), not against someone who forges times: that is what [`crate::Check::Full`] is for.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::catalogue::ModelFile;

const VERSION: u32 = 1;

/// The stamps of one model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamps {
    version: u32,
    files: BTreeMap<String, Stamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    sha256: String,
    bytes: u64,
    modified_ns: u64,
}

impl Default for Stamps {
    fn default() -> Self {
        Self { version: VERSION, files: BTreeMap::new() }
    }
}

impl Stamps {
    /// What is on disk; nothing where that cannot be read or is of another version, which only costs hashing.
    pub(crate) fn read(path: &Path) -> Self {
        fs::read(path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok())
            .filter(|stamps| stamps.version == VERSION)
            .unwrap_or_default()
    }

    /// Whether this file was verified in the state that `metadata` shows.
    pub(crate) fn holds(&self, file: &ModelFile, metadata: &Metadata) -> bool {
        self.files.get(&file.name).is_some_and(|stamp| Some(stamp) == Stamp::new(file, metadata).as_ref())
    }

    /// Notes that this file was verified.
    pub(crate) fn set(&mut self, file: &ModelFile, metadata: &Metadata) {
        match Stamp::new(file, metadata) {
            Some(stamp) => self.files.insert(file.name.clone(), stamp),
            None => self.files.remove(&file.name),
        };
    }

    /// Forgets a file that turned out to be damaged.
    pub(crate) fn clear(&mut self, file: &ModelFile) {
        self.files.remove(&file.name);
    }

    /// Writes them. Best effort: a store that cannot be written to is verified at each start.
    pub(crate) fn write(&self, path: &Path) {
        let Some(folder) = path.parent() else { return };
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::create_dir_all(folder)
            .and_then(|()| fs::write(&temporary, serde_json::to_vec(self).unwrap_or_default()))
            .and_then(|()| fs::rename(&temporary, path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            tracing::debug!(path = %path.display(), %error, "the verification could not be noted");
        }
    }
}

impl Stamp {
    fn new(file: &ModelFile, metadata: &Metadata) -> Option<Self> {
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Self {
            sha256: file.sha256.to_string(),
            bytes: metadata.len(),
            modified_ns: u64::try_from(modified.as_nanos()).ok()?,
        })
    }
}
