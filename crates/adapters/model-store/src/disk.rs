//! The few calls that write, behind a trait, so that a full or read-only disk can be made in a test.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writing to the model folder. The methods as given do the real thing; each one may be replaced.
pub trait Disk: Send + Sync + 'static {
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// What the operating system says.
    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    /// Opens a file for writing, making it where it is missing: at its end with `append`, else empty.
    ///
    /// # Errors
    /// What the operating system says.
    fn open(&self, path: &Path, append: bool) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true);
        if append {
            options.append(true)
        } else {
            options.write(true).truncate(true)
        };
        options.open(path)
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// What the operating system says; some of the bytes may have been written.
    fn write_all(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    /// How many bytes this user may still write where `path` (an existing folder) lies; `None` when that cannot be known.
    fn free_bytes(&self, path: &Path) -> Option<u64> {
        free_bytes(path)
    }
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {}

#[cfg(unix)]
fn free_bytes(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Makes what was renamed into a folder survive a power cut. Best effort: some file systems refuse to sync a folder.
pub(crate) fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(path)
        && let Err(error) = folder.sync_all()
    {
        tracing::debug!(path = %path.display(), %error, "the folder could not be synced");
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Puts the content of `blob` under `path`, replacing what is there: hard link, else symbolic link, else copy.
pub(crate) fn link(blob: &Path, path: &Path, disk: &dyn Disk) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    remove_if_there(&temporary)?;
    let linked = fs::hard_link(blob, &temporary)
        .or_else(|_| symbolic_link(blob, &temporary))
        .or_else(|_| copy(blob, &temporary, disk));
    // Renaming a hard link onto another one of the same file does nothing and leaves both names, hence the removal after it.
    let placed = linked.and_then(|()| fs::rename(&temporary, path));
    let _ = remove_if_there(&temporary);
    placed
}

fn copy(from: &Path, to: &Path, disk: &dyn Disk) -> io::Result<()> {
    let mut reader = File::open(from)?;
    let mut writer = disk.open(to, false)?;
    let mut buffer = vec![0; crate::hash::STEP];
    loop {
        let read = io::Read::read(&mut reader, &mut buffer)?;
        if read == 0 {
            return writer.sync_all();
        }
        disk.write_all(&mut writer, &buffer[..read])?;
    }
}

#[cfg(unix)]
fn symbolic_link(blob: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(blob, path)
}

#[cfg(not(unix))]
fn symbolic_link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
