//! Language models behind [`baton_ports::LanguageModel`]: OpenAI-compatible chat completions, streamed.
//!
//! One client serves every server that speaks this protocol (OpenAI, Azure, Ollama, vLLM, llama.cpp and many more): they differ in data, and in quirks
//! that the parser accepts. Parsing is apart from the network: `sse` splits bytes into events, `assembly` makes a generation of events; both are bounded
//! and know neither sockets nor clocks. `client` drives them with time-outs.
//!
//! It keeps no conversation, runs no tool, retries nothing once the request has been taken, and reads no environment: the key is handed in and never
//! appears in a message.

mod address;
mod assembly;
mod body;
mod client;
mod error;
mod local;
mod retry_after;
mod sse;
mod stream;
mod wire;

pub use address::is_loopback;
pub use client::{OpenAiCompatible, OpenAiCompatibleConfig, Timeouts};
pub use local::{LocalServer, find_local};
