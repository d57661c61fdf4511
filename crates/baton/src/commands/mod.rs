//! One module a command.

pub(crate) mod chat;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod conversations;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod models;
pub(crate) mod say;
pub(crate) mod talk;
pub(crate) mod transcribe;
