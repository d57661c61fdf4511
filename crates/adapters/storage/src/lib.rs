//! Conversations kept on disk (SQLite) and in memory.
//!
//! Both stores implement [`baton_ports::Store`] and pass the same conformance suite. [`SqliteStore`] is one file that several processes may use at
//! once; what one of its calls has returned from is on the disk. [`MemoryStore`] forgets everything when it is dropped.
//!
//! Neither knows what an item means beyond its kind and words, reads a clock (times are passed in), or decides how long anything is kept.

mod error;
mod memory;
mod schema;
mod sqlite;
mod title;
mod writer;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
