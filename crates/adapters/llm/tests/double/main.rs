//! The client against a double of a server on this machine: the formats that servers send, and what goes wrong with them.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_input;
mod servers;
mod support;
