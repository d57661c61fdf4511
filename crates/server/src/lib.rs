//! Configuration, the registry of adapters and the composition of a running Baton.
//!
//! The only crate that knows which adapters there are (`registry`). From a configuration and an environment it makes the
//! engines, the agent, the store and the parts of a session; the command line does the rest. It decides nothing about
//! a conversation.

pub mod adapters;
pub mod compose;
pub mod config;
pub mod doctor;
pub mod fault;
pub mod models;
pub mod paths;
pub mod registry;
pub mod store;
