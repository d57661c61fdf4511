//! One writer a model, across processes.
//!
//! An advisory lock on a file that is never removed (removing it would let two processes hold "the" lock on two files of one name). The kernel frees it
//! with the last descriptor, so a process that dies leaves nothing to clean up.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::disk::Disk;
use crate::error::Error;

/// How often a held lock is tried again. Polling, because a thread blocked in the kernel could not be cancelled.
const POLL: Duration = Duration::from_millis(100);

/// The right to change one model, until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Takes the lock at `path`, waiting for as long as another process has it; `waiting` is called at each try that fails.
pub(crate) async fn acquire(path: &Path, disk: &dyn Disk, waiting: impl Fn()) -> Result<Lock, Error> {
    let file = disk.open(path, true).map_err(|source| Error::write(path, source))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                waiting();
                tokio::time::sleep(POLL).await;
            }
            Err(TryLockError::Error(source)) => return Err(Error::Lock { path: path.to_owned(), source }),
        }
    }
}
