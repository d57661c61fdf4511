//! Fetches, verifies and keeps the weights that the speech engines read.
//!
//! A [`Store`] is a folder and a [`Catalogue`]. The catalogue pins each file by size and SHA-256 and names several sources for it; because the hash
//! decides, any source will do, and the next one is tried when one fails. What readers get is `<dir>/<model>/<file>`, verified.
//!
//! It does not know what a model is for, prints nothing (progress goes to a [`Progress`]), asks nothing (consent to a download is the caller's
//! business, [`Options::offline`] forbids it) and reads no configuration. Engines never fetch: they are given the paths that [`Store::require`] yields.
//!
//! On disk, below the folder:
//!
//! - `<model>/<file>`: what engines read; a hard link to its blob (else a symbolic link, else a copy). Files put there by hand are as good.
//! - `blobs/sha256-<hex>`: verified content by hash.
//! - `partial/<model>/`: downloads under way. A `.part` file resumes; everything else there is removed when a pull ends.
//! - `stamps/<model>.json`: which file was hashed when, so that the next start need not hash it again.
//! - `locks/<model>.lock`: an advisory lock, held by the process that changes the model; the kernel frees it when that process dies.

mod builtin;
mod catalogue;
mod disk;
mod error;
mod hash;
mod http;
mod import;
mod lock;
mod package;
mod progress;
mod pull;
mod stamp;
mod store;

pub use catalogue::{Catalogue, License, Model, ModelFile, PackagePart, Source};
pub use disk::{Disk, LocalDisk};
pub use error::{Attempt, Error, Rejected, SourceError};
pub use hash::Sha256Sum;
pub use import::{Imported, ImportedFile};
pub use progress::{Phase, Progress, Silent, Update};
pub use pull::{Fetched, Pulled};
pub use store::{Check, Damage, FileListing, FileState, Listing, Options, State, Store};
