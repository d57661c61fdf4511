//! What leaves the driver for good: sound to the sink, items to the store. Each has a job of its own behind a short
//! queue, so that a slow device or disk never holds up the conversation.

use std::sync::Arc;
use std::time::Duration;

use baton_audio::resample::Resampler;
use baton_ports::{AudioSink, ProviderError, Store, StoredItem, WallTime};
use baton_session::Item;
use baton_types::{ConversationId, FaultCode, Severity};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::inbox::Message;

/// Ticks of sound that may wait for a device: 60 ms. A file takes what it is given.
const TICKS_WAITING_MAX: usize = 3;

/// Items that may wait for the store. What does not fit is told as lost.
const ITEMS_WAITING_MAX: usize = 256;

pub(super) struct Output {
    sound: Option<mpsc::Sender<Vec<f32>>>,
    job: JoinHandle<Result<(), ProviderError>>,
    latency: Duration,
    tick_samples: usize,
}

impl Output {
    pub(super) fn new(mut sink: Box<dyn AudioSink>, rate: u32, inbox: mpsc::Sender<Message>) -> Self {
        let (sound, mut waiting) = mpsc::channel::<Vec<f32>>(TICKS_WAITING_MAX);
        let latency = sink.latency();
        let job = tokio::spawn(async move {
            // The voice's own rate up to here; the far end's from here on: converted once.
            let mut resampler = match Resampler::new(rate, sink.sample_rate()) {
                Ok(resampler) => (sink.sample_rate() != rate).then_some(resampler),
                Err(error) => {
                    let error = ProviderError::new(FaultCode::Rejected, error.to_string());
                    let fault = error.to_fault("play").with_severity(Severity::Critical);
                    let _ = inbox.send(Message::Fault(fault)).await;
                    return Err(error);
                }
            };
            while let Some(samples) = waiting.recv().await {
                let result = match &mut resampler {
                    Some(resampler) => {
                        let mut converted = Vec::new();
                        resampler.push(&samples, &mut converted);
                        sink.write(&converted).await
                    }
                    None => sink.write(&samples).await,
                };
                if let Err(error) = result {
                    let fault = error.to_fault("play").with_severity(Severity::Critical);
                    let _ = inbox.send(Message::Fault(fault)).await;
                    return Err(error);
                }
            }
            sink.finish().await
        });
        Self { sound: Some(sound), job, latency, tick_samples: rate as usize / 50 }
    }

    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// Samples of one tick at the voice's rate.
    pub(super) fn tick_samples(&self) -> usize {
        self.tick_samples
    }

    /// Whether the next tick can be taken: a device that is full has not played the last ones yet.
    pub(super) fn has_room(&self) -> bool {
        self.latency.is_zero() || self.sound.as_ref().is_some_and(|sound| sound.capacity() > 0)
    }

    pub(super) async fn write(&mut self, samples: &[f32]) {
        if let Some(sound) = &self.sound {
            // The other end is gone only after it has reported why.
            let _ = sound.send(samples.to_vec()).await;
        }
    }

    pub(super) async fn finish(mut self) -> Result<(), ProviderError> {
        drop(self.sound.take());
        match self.job.await {
            Ok(result) => result,
            Err(error) => Err(ProviderError::new(FaultCode::Internal, "the sink's job panicked").caused_by(error)),
        }
    }
}

/// The one writer of a conversation, off the voice path.
pub(super) struct StoreWriter {
    items: Option<mpsc::Sender<(usize, Item)>>,
    job: JoinHandle<()>,
    lost: u64,
}

impl StoreWriter {
    pub(super) fn start(
        store: Arc<dyn Store>,
        conversation: ConversationId,
        wall: fn() -> WallTime,
        inbox: mpsc::Sender<Message>,
    ) -> Self {
        let (items, mut waiting) = mpsc::channel(ITEMS_WAITING_MAX);
        let job = tokio::spawn(async move {
            let mut is_told = false;
            let mut failed = store.create(conversation, wall()).await.err();
            while let Some((index, item)) = waiting.recv().await {
                if failed.is_none() {
                    failed = store.write(conversation, stored(index, &item, wall())).await.err();
                }
                if let Some(error) = failed.take()
                    && !is_told
                {
                    is_told = true;
                    let fault = error
                        .to_fault("store")
                        .with_message("I can't save our conversation at the moment.")
                        .suggest(format!("look at {}", store.name()));
                    let _ = inbox.send(Message::Fault(fault)).await;
                }
            }
        });
        Self { items: Some(items), job, lost: 0 }
    }

    pub(super) fn write(&mut self, index: usize, item: Item) {
        if let Some(items) = &self.items
            && items.try_send((index, item)).is_err()
        {
            self.lost += 1;
            tracing::warn!(lost = self.lost, "the store is too slow; an item of the conversation was not saved");
        }
    }

    /// Waits until everything is durable.
    pub(super) async fn finish(mut self) {
        drop(self.items.take());
        if let Err(error) = self.job.await {
            tracing::error!(%error, "the store's writer panicked");
        }
    }
}

fn stored(index: usize, item: &Item, written: WallTime) -> StoredItem {
    let (kind, text) = match item {
        Item::User { text, .. } => ("user", text.clone()),
        Item::Agent { heard, .. } => ("agent", heard.clone()),
        Item::Note { heard, .. } => ("note", heard.clone()),
        Item::Tool { name, .. } => ("tool", name.clone()),
    };
    let body = serde_json::to_value(item).unwrap_or_default();
    StoredItem { index: index as u64, written, kind: kind.to_owned(), text, body }
}
