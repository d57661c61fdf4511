//! A language model that runs here already.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde::Deserialize;

/// The most bytes of a list of models.
const LIST_BYTES_MAX: usize = 1_024 * 1_024;

/// A server on this machine and a model that it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalServer {
    /// The base URL of its chat completions, ending in `/v1`.
    pub base_url: String,
    /// The model's name.
    pub model: String,
}

#[derive(Deserialize)]
struct Models {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    family: Option<String>,
}

/// Asks the Ollama at `host` (`http://127.0.0.1:11434`) for its models, for at most `wait`. The first that is not an embedding
/// model, in its own order (the last changed first), is taken. `None` where nothing answers so, or it has no such model.
pub async fn find_local(host: &str, wait: Duration) -> Option<LocalServer> {
    let host = host.trim().trim_end_matches('/');
    let models = tokio::time::timeout(wait, models(host)).await.ok()??;
    let model = models.models.into_iter().find(|model| !is_embedding(model))?;
    Some(LocalServer { base_url: format!("{host}/v1"), model: model.name })
}

async fn models(host: &str) -> Option<Models> {
    let client = Client::builder().redirect(Policy::none()).no_proxy().tls_certs_only([]).build().ok()?;
    let mut response = client.get(format!("{host}/api/tags")).send().await.ok()?.error_for_status().ok()?;
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.ok()? {
        body.extend_from_slice(&bytes);
        if body.len() > LIST_BYTES_MAX {
            return None;
        }
    }
    serde_json::from_slice(&body).ok()
}

/// Embedding models have names of their own and are of BERT's family.
fn is_embedding(model: &Model) -> bool {
    let name = model.name.to_lowercase();
    let is_named_so = ["embed", "minilm", "bge-", "gte-", "e5-"].iter().any(|part| name.contains(part));
    let family = model.details.as_ref().and_then(|details| details.family.as_deref()).unwrap_or_default();
    is_named_so || family.to_lowercase().contains("bert")
}
