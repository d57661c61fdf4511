//! Where sound comes from and where it goes.

use std::time::Duration;

use async_trait::async_trait;
use baton_types::AudioFrame;

use crate::ProviderError;

/// Who sets the pace of a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// The reader: a file gives its next 20 ms whenever it is asked.
    Reader,
    /// The source: a device gives frames as time passes, and silence of the line is news.
    Source,
}

/// What a source says.
#[derive(Debug)]
pub enum SourceEvent {
    /// The next sound: 16 kHz mono, any length, `at` counted by the source from its own beginning without gaps.
    Frame(AudioFrame),
    /// Something in the input made no sense, was counted and passed over; the source goes on.
    Skipped {
        /// What it was, in plain words.
        what: String,
    },
    /// Nothing more will come; not an error.
    Ended,
    /// The source is lost. Nothing follows unless the adapter reconnects by itself and gives frames again.
    Failed(ProviderError),
}

/// Sound coming in.
///
/// Contract: frames are finite (no NaN), within -1 to 1, 16 kHz mono, and in order. `next` is cancel-safe: dropping
/// the future loses no frame. After `Ended`, `next` keeps answering `Ended`.
#[async_trait]
pub trait AudioSource: Send {
    /// What it is, for people: a file name, a device.
    fn name(&self) -> &str;

    /// Who sets the pace.
    fn pace(&self) -> Pace;

    /// The next thing.
    async fn next(&mut self) -> SourceEvent;
}

/// Sound going out.
///
/// Contract: `write` takes mono samples at `sample_rate` in the order in which they are to be heard, silence
/// included: what is written is a timeline without gaps. It must not hold more than `latency` of sound that has not
/// left, so that a pause takes effect within that time. `finish` returns when everything written has left or is safe
/// on disk.
#[async_trait]
pub trait AudioSink: Send {
    /// What it is, for people.
    fn name(&self) -> &str;

    /// Samples a second that it takes. Fixed for its life.
    fn sample_rate(&self) -> u32;

    /// How long after `write` a sample is heard.
    fn latency(&self) -> Duration;

    /// Takes the next samples. Waits only while the far end is full.
    ///
    /// # Errors
    /// When the far end is gone; what was written before may or may not have been heard.
    async fn write(&mut self, samples: &[f32]) -> Result<(), ProviderError>;

    /// Ends it in good order.
    ///
    /// # Errors
    /// When the rest could not be delivered or written.
    async fn finish(&mut self) -> Result<(), ProviderError>;
}
