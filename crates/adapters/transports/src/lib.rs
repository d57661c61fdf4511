//! Where sound comes from and where it goes: files, and devices through child processes.
//!
//! Every source gives what [`baton_ports::AudioSource`] promises (16 kHz mono, clean numbers, positions without gaps)
//! and every sink takes a timeline of samples. Conversion itself is [`baton_audio`]'s; turns, the floor and who is
//! speaking are unknown here.

#[cfg(unix)]
pub mod device;
pub mod file;
pub mod wav;
