//! The client of one server and model.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use baton_ports::{ChatRequest, ChatStream, LanguageModel, ProviderError};
use baton_types::{FaultCode, Secret};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::address::Address;
use crate::body::Body;
use crate::error::{self, Asked};
use crate::retry_after::retry_after;
use crate::stream::Generation;
use crate::wire::{self, Dialect};

/// The most bytes of a refusal that are read.
const REFUSAL_BYTES_MAX: usize = 64 * 1_024;

/// The most redirects within one server.
const REDIRECTS_MAX: usize = 3;

/// Numbers the generations of this process, for the ids of tool calls that a server gives none.
static GENERATIONS: AtomicU64 = AtomicU64::new(0);

/// How to reach a model.
#[derive(Clone, Debug)]
pub struct OpenAiCompatibleConfig {
    /// The server's address up to the version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. A query is kept;
    /// with `?api-version=…`, as Azure's deployments have it
    /// (`https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT?api-version=2024-10-21`), the key is sent as `api-key`
    /// instead of `Authorization: Bearer`.
    pub base_url: String,
    /// The model's name at that server.
    pub model: String,
    /// The key, where the server wants one. It is sent to this server alone.
    pub key: Option<Secret>,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// The most tokens that a request may hold, where it is known; only passed on.
    pub context_tokens: Option<u32>,
}

/// How long to wait for what. Comments that keep a connection open and empty events count as nothing; a model's reasoning
/// is not passed on and counts as work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Duration,
    /// From the request to the first sign that the model is at work; to the whole answer where the server does not stream.
    pub first_token: Duration,
    /// Between one sign and the next.
    pub stall: Duration,
    /// For everything.
    pub total: Duration,
}

/// A model at a server that speaks OpenAI's chat completions.
///
/// Answers are bounded: more than 1 MiB of text, an event of more than 256 KiB or a stream of more than 50 MB ends with
/// `LimitReached`. What came before an error has been passed on. Redirects are followed within the same server only.
#[derive(Debug)]
pub struct OpenAiCompatible {
    http: Client,
    address: Address,
    headers: HeaderMap,
    asked: Asked,
    timeouts: Timeouts,
    context_tokens: Option<u32>,
    /// The server refused to be asked for usage; it is not asked again.
    refuses_usage: AtomicBool,
}

impl OpenAiCompatible {
    /// A client for this server and model; nothing is sent yet.
    ///
    /// # Errors
    /// `Rejected` for an address, model or key that cannot be used.
    pub fn new(config: OpenAiCompatibleConfig) -> Result<Self, ProviderError> {
        let OpenAiCompatibleConfig { base_url, model, key, timeouts, context_tokens } = config;
        let address = Address::parse(&base_url)?;
        if model.trim().is_empty() {
            return Err(
                ProviderError::new(FaultCode::Rejected, "no language model is named").suggest("set `llm.model`")
            );
        }
        let key = key.filter(|key| !key.is_empty());
        let headers = headers(key.as_ref(), address.is_azure)?;
        let is_plain = address.url.scheme() == "http";
        let mut builder = Client::builder()
            .connect_timeout(timeouts.connect)
            .redirect(Policy::custom(within_the_server))
            .tcp_nodelay(true)
            .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")));
        if address.is_local {
            builder = builder.no_proxy();
        }
        if is_plain {
            // Without TLS a machine without certificates will do.
            builder = builder.tls_certs_only([]);
            if key.is_some() && !address.is_local {
                tracing::warn!(server = address.shown, "the key of the language model travels unencrypted; use https");
            }
        }
        let http = builder.build().map_err(|cause| {
            ProviderError::new(FaultCode::Missing, "no certificates to check servers with were found")
                .suggest("install the system's certificates (ca-certificates)")
                .caused_by(cause)
        })?;
        let asked = Asked { server: address.shown.clone(), model, is_local: address.is_local, key };
        Ok(Self { http, address, headers, asked, timeouts, context_tokens, refuses_usage: AtomicBool::new(false) })
    }

    /// Posts the request; the head of the answer, whatever its status.
    async fn post(
        &self,
        request: &ChatRequest,
        asks_usage: bool,
        deadline: Instant,
    ) -> Result<Response, ProviderError> {
        let dialect = Dialect { names_completion_tokens: self.address.names_completion_tokens, asks_usage };
        let body = wire::request(&self.asked.model, request, dialect);
        let sent = self.http.post(self.address.url.clone()).headers(self.headers.clone()).json(&body).send();
        match timeout_at(deadline, sent).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(cause)) => Err(error::without_key(error::not_sent(&self.asked, cause), self.asked.key.as_ref())),
            Err(_) => Err(error::timed_out(
                &self.asked.server,
                "no answer",
                self.timeouts.first_token.min(self.timeouts.total),
            )),
        }
    }

    /// What a refusal says.
    async fn refusal(&self, mut response: Response, deadline: Instant) -> (ProviderError, bool) {
        let status = response.status();
        let wait = retry_after(response.headers(), SystemTime::now());
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout_at(deadline, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() >= REFUSAL_BYTES_MAX {
                body.truncate(REFUSAL_BYTES_MAX);
                break;
            }
        }
        let is_about_usage = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
            && String::from_utf8_lossy(&body).contains("stream_options");
        let mut error = error::refused(&self.asked, status, &body, wait);
        if let Some(url) = location.filter(|_| status.is_redirection()).and_then(|to| self.address.url.join(&to).ok()) {
            error.message = format!("{}: it redirects to {}", error.message, url.origin().ascii_serialization());
        }
        (error::without_key(error, self.asked.key.as_ref()), is_about_usage)
    }
}

#[async_trait]
impl LanguageModel for OpenAiCompatible {
    fn name(&self) -> &str {
        &self.asked.model
    }

    fn context_tokens(&self) -> Option<u32> {
        self.context_tokens
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream, ProviderError> {
        let begun = Instant::now();
        let deadline = begun + self.timeouts.first_token.min(self.timeouts.total);
        let asks_usage = !self.refuses_usage.load(Ordering::Relaxed);
        let mut response = self.post(&request, asks_usage, deadline).await?;
        if !response.status().is_success() {
            let (error, is_about_usage) = self.refusal(response, deadline).await;
            if !(asks_usage && is_about_usage) {
                return Err(error);
            }
            self.refuses_usage.store(true, Ordering::Relaxed);
            response = self.post(&request, false, deadline).await?;
            if !response.status().is_success() {
                return Err(self.refusal(response, deadline).await.0);
            }
        }
        let server = self.asked.server.clone();
        let body = Body::new(server.clone(), GENERATIONS.fetch_add(1, Ordering::Relaxed));
        let key = self.asked.key.clone();
        Ok(Generation { response, body, timeouts: self.timeouts, begun, server, key }.into_stream())
    }
}

fn headers(key: Option<&Secret>, is_azure: bool) -> Result<HeaderMap, ProviderError> {
    let mut headers = HeaderMap::new();
    if let Some(key) = key {
        let (name, text) = if is_azure {
            (HeaderName::from_static("api-key"), key.expose().to_owned())
        } else {
            (AUTHORIZATION, format!("Bearer {}", key.expose()))
        };
        // The cause would show the key.
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            ProviderError::new(FaultCode::Rejected, "the key of the language model holds characters that no key has")
                .suggest("check the environment variable that `llm.api_key_env` names")
        })?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// The key and the conversation stay with the server they were meant for, and a post stays a post.
fn within_the_server(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let keeps_method = matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let is_same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    if keeps_method && is_same && attempt.previous().len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
}
