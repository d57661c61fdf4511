//! Where a server is, and how the key is shown to it.

use baton_ports::ProviderError;
use baton_types::FaultCode;
use url::{Host, Url};

/// Whether the server at `base_url` is this machine: `localhost` and names below it, 127.0.0.0/8, `::1`. What is no URL is not.
#[must_use]
pub fn is_loopback(base_url: &str) -> bool {
    Url::parse(base_url.trim()).is_ok_and(|url| is_loopback_url(&url))
}

pub(crate) fn is_loopback_url(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// The address of a server's chat completions.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// What is posted to.
    pub(crate) url: Url,
    /// The base without a query, for people: a query may hold what nobody should read.
    pub(crate) shown: String,
    /// Whether the server is this machine.
    pub(crate) is_local: bool,
    /// Azure's deployments are told by `?api-version=…`; they take the key as `api-key`.
    pub(crate) is_azure: bool,
    /// OpenAI's newer models refuse `max_tokens`, which is all that most other servers know.
    pub(crate) names_completion_tokens: bool,
}

impl Address {
    /// # Errors
    /// When `base_url` is no http or https URL, or holds a user or password. It is shown in the message only where it
    /// cannot hold a secret.
    pub(crate) fn parse(base_url: &str) -> Result<Self, ProviderError> {
        let wrong = |what: &str| {
            ProviderError::new(FaultCode::Rejected, format!("the base URL of the language model {what}"))
                .suggest("set `llm.base_url` to the address of the server, such as http://127.0.0.1:11434/v1")
        };
        let mut url = Url::parse(base_url.trim()).map_err(|cause| wrong("is not a URL").caused_by(cause))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("does not begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("holds a user or a password, which would be shown; the key belongs in the environment"));
        }
        url.set_fragment(None);
        let base = url.path().trim_end_matches('/').to_owned();
        let shown = format!("{}{base}", url.origin().ascii_serialization());
        if !base.ends_with("/chat/completions") {
            url.set_path(&format!("{base}/chat/completions"));
        }
        let is_azure = url.query_pairs().any(|(name, _)| name == "api-version");
        let is_openai = url.host_str().is_some_and(|host| host == "openai.com" || host.ends_with(".openai.com"));
        let is_local = is_loopback_url(&url);
        Ok(Self { url, shown, is_local, is_azure, names_completion_tokens: is_azure || is_openai })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_told_from_others() {
        for here in [
            "http://localhost:1",
            "http://127.0.0.1/v1",
            "https://[::1]:8/v1",
            "http://LOCALHOST.",
            "http://a.localhost",
            "http://127.1",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "https://api.openai.com/v1",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "localhost",
            "",
            "http://notlocalhost",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn the_path_is_added_and_the_query_kept() {
        let url = |base: &str| Address::parse(base).unwrap().url.to_string();
        assert_eq!(url("https://api.openai.com/v1"), "https://api.openai.com/v1/chat/completions");
        assert_eq!(url(" http://h:1/v1/ "), "http://h:1/v1/chat/completions");
        assert_eq!(url("http://h/v1/chat/completions"), "http://h/v1/chat/completions");
        let azure = Address::parse("https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21").unwrap();
        assert_eq!(
            azure.url.as_str(),
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
        );
        assert!(azure.is_azure && azure.names_completion_tokens);
        assert_eq!(azure.shown, "https://x.openai.azure.com/openai/deployments/d");
    }

    #[test]
    fn a_base_url_that_cannot_be_used_is_refused_without_showing_a_secret() {
        for base in ["", "api.openai.com", "ftp://h/v1", "http://me:hunter2@h/v1", "http://"] {
            let error = Address::parse(base).unwrap_err();
            assert_eq!(error.kind, FaultCode::Rejected, "{base}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
