//! The recogniser's streams of one session: opened for each segment, fed from the ear's memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use baton_ports::{PartialStyle, SpeechToText, SttEvent, SttRequest, SttStream, SttUrgency};
use baton_session::{Event, Hearing, RecognitionUrgency, Recognized};
use baton_types::{EAR_SAMPLE_RATE, Language, Revision, SegmentId, Timestamp, TurnId};
use tokio::sync::mpsc;

use super::inbox::{Message, StreamId, Work};
use crate::ear::Ear;

/// Milliseconds of new sound between two partial transcripts.
const PARTIAL_EVERY_MS: u64 = 600;

/// Milliseconds of sound before the first partial transcript of an overlap, where it decides who goes on; the
/// pre-roll of 500 ms counts.
const PARTIAL_IN_OVERLAP_MS: u64 = 700;

/// Milliseconds between partial transcripts of an overlap.
const PARTIAL_IN_OVERLAP_EVERY_MS: u64 = 300;

/// Segments whose streams are kept: an answer to an older one is not waited for.
const STREAMS_MAX: usize = 4;

/// Milliseconds that a stream may hold beyond the end of what is to be recognised.
const BEYOND_MAX_MS: u64 = 400;

/// Events of one stream that may wait.
const EVENTS_WAITING_MAX: usize = 32;

pub(super) struct Listening {
    stt: Arc<dyn SpeechToText>,
    inbox: mpsc::Sender<Message>,
    streams: BTreeMap<StreamId, Stream>,
    count: u32,
    /// The clock is virtual: engines need not skip anything.
    unhurried: bool,
}

struct Stream {
    turn: TurnId,
    segment: SegmentId,
    overlap: bool,
    engine: Box<dyn SttStream>,
    from: Timestamp,
    pushed: Timestamp,
    last_partial: Option<Timestamp>,
    seq: u32,
    partial_owed: bool,
    cut: bool,
    /// The revision that is asked for and not answered.
    asked: Option<Revision>,
}

impl Listening {
    pub(super) fn new(stt: Arc<dyn SpeechToText>, inbox: mpsc::Sender<Message>, unhurried: bool) -> Self {
        Self { stt, inbox, streams: BTreeMap::new(), count: 0, unhurried }
    }

    /// Brings the streams in line with what is to be heard; answers the partial transcript it asked for, if any: in
    /// silence there is nothing that a text asked for at its beginning would not tell.
    pub(super) fn follow(&mut self, hearing: Option<&Hearing>, ear: &Ear, is_voice: bool) -> Option<Work> {
        let hearing = hearing?;
        let id = match self.find(hearing.turn, hearing.segment) {
            Some(id) => id,
            None => self.open(hearing.turn, hearing.segment, hearing.from, hearing.overlap),
        };
        let style = self.stt.capabilities().partials;
        let stream = self.streams.get_mut(&id)?;
        stream.overlap = hearing.overlap;
        stream.push(ear, ear.position());
        let is_wanted = is_voice && !stream.cut;
        if style != PartialStyle::OnRequest || stream.partial_owed || !is_wanted {
            return None;
        }
        let wait = match (stream.overlap, stream.last_partial.is_some()) {
            (true, false) => PARTIAL_IN_OVERLAP_MS,
            (true, true) => PARTIAL_IN_OVERLAP_EVERY_MS,
            (false, _) => PARTIAL_EVERY_MS,
        };
        let since = stream.pushed.since(stream.last_partial.unwrap_or(stream.from));
        if since.as_millis() < u128::from(wait) {
            return None;
        }
        stream.last_partial = Some(stream.pushed);
        stream.seq += 1;
        stream.partial_owed = true;
        stream.engine.partial(stream.seq);
        Some(Work::Partial(id, stream.seq))
    }

    /// Asks for the text of a stretch of sound.
    #[expect(clippy::too_many_arguments, reason = "they are the fields of one command")]
    pub(super) fn recognize(
        &mut self,
        turn: TurnId,
        segment: SegmentId,
        revision: Revision,
        from: Timestamp,
        upto: Timestamp,
        urgency: RecognitionUrgency,
        ear: &Ear,
    ) -> Option<Work> {
        let limit = upto + std::time::Duration::from_millis(BEYOND_MAX_MS);
        let id = match self.find(turn, segment) {
            Some(id) if self.streams.get(&id).is_some_and(|s| s.pushed <= limit && s.from == from) => id,
            _ => {
                let id = self.open(turn, segment, from, urgency == RecognitionUrgency::Overlap);
                self.streams.get_mut(&id)?.cut = ear.position() > limit;
                id
            }
        };
        let stream = self.streams.get_mut(&id)?;
        let end = if stream.cut { limit } else { ear.position() };
        stream.push(ear, end);
        // A partial that is on its way tells less than what is asked for here, but in an overlap it may decide sooner.
        stream.partial_owed &= urgency == RecognitionUrgency::Overlap;
        stream.engine.finalize(
            revision,
            match urgency {
                RecognitionUrgency::Overlap => SttUrgency::Overlap,
                RecognitionUrgency::Final => SttUrgency::Final,
                RecognitionUrgency::Guess => SttUrgency::Guess,
            },
        );
        // Asked again only to be more urgent: it is answered once.
        let is_again = stream.asked.replace(revision) == Some(revision);
        (!is_again).then_some(Work::Recognition(id, revision))
    }

    /// Gives up what a revision asked for.
    pub(super) fn cancel(&mut self, turn: TurnId, segment: SegmentId, revision: Revision) -> Option<Work> {
        let id = self.find(turn, segment)?;
        let stream = self.streams.get_mut(&id)?;
        stream.engine.cancel();
        stream.asked = None;
        Some(Work::Recognition(id, revision))
    }

    /// What the recogniser's answer means to the session.
    pub(super) fn told(&mut self, id: StreamId, event: SttEvent) -> Option<Event> {
        let stream = self.streams.get_mut(&id)?;
        let (turn, segment) = (stream.turn, stream.segment);
        if let SttEvent::Final { revision, .. }
        | SttEvent::Skipped { revision }
        | SttEvent::Failed { revision: Some(revision), .. } = &event
        {
            stream.asked.take_if(|asked| asked == revision);
        }
        match event {
            SttEvent::Partial { seq, text, stable } => {
                // Late behind a request for the whole text, it would tell less than that text.
                if !std::mem::take(&mut stream.partial_owed) {
                    return None;
                }
                let stable = stable.min(text.len());
                Some(Event::Partial { turn, segment, seq, text, stable })
            }
            SttEvent::PartialSkipped { .. } => {
                stream.partial_owed = false;
                None
            }
            SttEvent::Final { revision, text, confidence } => {
                let outcome = if text.trim().is_empty() {
                    Recognized::Nothing
                } else {
                    Recognized::Text { text: text.trim().to_owned(), confidence }
                };
                Some(Event::RecognitionEnded { turn, segment, revision, outcome })
            }
            SttEvent::Skipped { revision } => {
                Some(Event::RecognitionEnded { turn, segment, revision, outcome: Recognized::Skipped })
            }
            SttEvent::Failed { revision, error } => {
                stream.partial_owed = false;
                let revision = revision.unwrap_or_default();
                Some(Event::RecognitionFailed { turn, segment, revision, fault: error.to_fault("recognize") })
            }
        }
    }

    fn find(&self, turn: TurnId, segment: SegmentId) -> Option<StreamId> {
        // The newest one counts: a stretch cut short is heard again by a stream of its own.
        self.streams.iter().rev().find(|(_, s)| s.turn == turn && s.segment == segment).map(|(id, _)| *id)
    }

    fn open(&mut self, turn: TurnId, segment: SegmentId, from: Timestamp, overlap: bool) -> StreamId {
        let (events, mut waiting) = mpsc::channel(EVENTS_WAITING_MAX);
        let engine =
            self.stt.open(SttRequest { language: Language::English, overlap, unhurried: self.unhurried }, events);
        self.count += 1;
        let id = StreamId(self.count);
        let inbox = self.inbox.clone();
        // Ends when the engine's stream has been dropped and everything it sent has been passed on.
        tokio::spawn(async move {
            while let Some(event) = waiting.recv().await {
                if inbox.send(Message::Stt { stream: id, event }).await.is_err() {
                    break;
                }
            }
        });
        self.streams.insert(
            id,
            Stream {
                turn,
                segment,
                overlap,
                engine,
                from,
                pushed: from,
                last_partial: None,
                seq: 0,
                partial_owed: false,
                cut: false,
                asked: None,
            },
        );
        while self.streams.len() > STREAMS_MAX {
            self.streams.pop_first();
        }
        id
    }
}

impl Stream {
    fn push(&mut self, ear: &Ear, upto: Timestamp) {
        if self.cut && self.pushed > self.from {
            return;
        }
        let samples = ear.read(self.pushed, upto);
        if !samples.is_empty() {
            self.engine.push(&samples);
            self.pushed = self.pushed.max(upto);
        }
        debug_assert!(self.pushed.to_samples(EAR_SAMPLE_RATE) <= ear.position().to_samples(EAR_SAMPLE_RATE) + 1);
    }
}
