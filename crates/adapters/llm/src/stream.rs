//! The stream of one generation: reads the body under its time-outs. Dropping it closes the connection, which ends the generation at the server.

use std::collections::VecDeque;
use std::time::Duration;

use baton_ports::{ChatEvent, ChatStream, ProviderError};
use baton_types::Secret;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::assembly::Step;
use crate::body::Body;
use crate::client::Timeouts;
use crate::error;

/// How long usage is waited for after the answer is complete: servers that send it do so at once.
const USAGE_WAIT: Duration = Duration::from_millis(500);

/// How long the end of the body is waited for after the last event: it comes in the same packet, or at once.
const END_WAIT: Duration = Duration::from_millis(20);

/// One generation that is under way.
pub(crate) struct Generation {
    pub(crate) response: Response,
    pub(crate) body: Body,
    pub(crate) timeouts: Timeouts,
    /// When the request was made.
    pub(crate) begun: Instant,
    pub(crate) server: String,
    pub(crate) key: Option<Secret>,
}

impl Generation {
    /// The events, in order; the last is the end or an error.
    pub(crate) fn into_stream(self) -> ChatStream {
        let reading = Reading { generation: self, at_work: None, finished: None };
        unfold((Some(reading), VecDeque::new()), |(mut reading, mut ready)| async move {
            loop {
                if let Some(event) = ready.pop_front() {
                    return Some((event, (reading, ready)));
                }
                let mut out = Vec::new();
                let result = reading.as_mut()?.read(&mut out).await;
                ready.extend(out.into_iter().map(Ok));
                match result {
                    Ok(true) => {}
                    Ok(false) => reading = None,
                    Err(cause) => {
                        let key = reading.take().and_then(|reading| reading.generation.key);
                        ready.push_back(Err(error::without_key(cause, key.as_ref())));
                    }
                }
            }
        })
        .boxed()
    }
}

struct Reading {
    generation: Generation,
    /// When the model last showed that it is at work.
    at_work: Option<Instant>,
    /// When the answer was complete.
    finished: Option<Instant>,
}

impl Reading {
    /// Reads once; whether there may be more.
    async fn read(&mut self, out: &mut Vec<ChatEvent>) -> Result<bool, ProviderError> {
        let deadline = self.deadline();
        let Generation { response, body, .. } = &mut self.generation;
        // A server that floods is always ready, so the deadline is looked at first.
        let read = if Instant::now() >= deadline { None } else { timeout_at(deadline, response.chunk()).await.ok() };
        let bytes: Bytes = match read {
            None if body.is_finished() => return body.end(out).map(|()| false),
            None => return Err(self.late()),
            Some(Err(_)) if body.is_finished() => return body.end(out).map(|()| false),
            Some(Err(cause)) => return Err(body.interrupted().caused_by(cause.without_url())),
            Some(Ok(None)) => return body.finish(out).map(|()| false),
            Some(Ok(Some(bytes))) => bytes,
        };
        match body.push(&bytes, out)? {
            Step::Done => {
                drain(response).await;
                return body.end(out).map(|()| false);
            }
            Step::Progress => self.at_work = Some(Instant::now()),
            Step::Idle => {}
        }
        if body.is_finished() && self.finished.is_none() {
            self.finished = Some(Instant::now());
        }
        Ok(true)
    }

    fn deadline(&self) -> Instant {
        let Generation { timeouts, begun, .. } = &self.generation;
        let next = match (self.finished, self.at_work) {
            (Some(finished), _) => finished + USAGE_WAIT,
            (None, Some(at_work)) => at_work + timeouts.stall,
            (None, None) => *begun + timeouts.first_token,
        };
        next.min(*begun + timeouts.total)
    }

    fn late(&self) -> ProviderError {
        let Generation { timeouts, begun, server, .. } = &self.generation;
        if Instant::now() >= *begun + timeouts.total {
            error::timed_out(server, "no complete answer", timeouts.total)
        } else if self.at_work.is_some() {
            error::timed_out(server, "nothing more", timeouts.stall)
        } else {
            error::timed_out(server, "no first word", timeouts.first_token)
        }
    }
}

/// Reads what is left, which is nothing but the mark of the end: only a connection that was read to its end serves the next request.
async fn drain(response: &mut Response) {
    let until = Instant::now() + END_WAIT;
    while let Ok(Ok(Some(_))) = timeout_at(until, response.chunk()).await {}
}
