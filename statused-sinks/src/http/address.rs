//! Addresses: checked once, shown never in full.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::error::DestinationError;

/// A checked destination address. It is a secret: `Debug` and `Display` show scheme and host.
pub(crate) struct Address {
    url: SecretString,
    shown: String,
}

impl Address {
    /// Checks that the address is `https`, or `http` to loopback where that is allowed.
    pub(crate) fn parse(text: &SecretString, allow_http: bool) -> Result<Self, DestinationError> {
        let url = Url::parse(text.expose_secret().trim())
            .map_err(|error| DestinationError::NotAUrl { reason: error.to_string() })?;
        match url.scheme() {
            "https" => {}
            "http" if allow_http && is_loopback(&url) => {}
            "http" => return Err(DestinationError::PlainHttp { address: shown(&url) }),
            _ => return Err(DestinationError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationError::Credentials { address: shown(&url) });
        }
        Ok(Self { shown: shown(&url), url: String::from(url).into() })
    }

    /// The address itself.
    pub(crate) fn expose(&self) -> &str {
        self.url.expose_secret()
    }

    /// The parts that must not be seen: path, query, and each longer piece of the two.
    pub(crate) fn secret_parts(&self) -> Vec<SecretString> {
        // Shorter pieces are words like `services` or `v1`; hiding those would only garble the answer's text.
        const SHORTEST_PIECE: usize = 9;
        let Ok(url) = Url::parse(self.expose()) else { return Vec::new() };
        let pieces = url.path().split('/').map(ToOwned::to_owned);
        let values = url.query_pairs().map(|(_, value)| value.into_owned());
        let mut parts: Vec<String> = pieces.chain(values).filter(|piece| piece.len() >= SHORTEST_PIECE).collect();
        parts.extend(url.query().map(ToOwned::to_owned));
        if url.path() != "/" {
            parts.push(url.path().to_owned());
        }
        parts.into_iter().map(Into::into).collect()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Scheme, host and port, with `/…` for whatever follows.
fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}/…", url.scheme())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, allow_http: bool) -> Result<String, DestinationError> {
        Address::parse(&text.into(), allow_http).map(|address| format!("{address} {address:?}"))
    }

    #[test]
    fn https_is_taken_and_shown_without_its_secrets() {
        assert_eq!(
            parse("https://hooks.example.com:8443/T0/secret?key=also#frag", false).unwrap(),
            "https://hooks.example.com:8443/… https://hooks.example.com:8443/…"
        );
    }

    #[test]
    fn http_is_for_loopback_and_by_permission() {
        for local in ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x", "http://[::ffff:127.0.0.1]/x"] {
            assert!(parse(local, true).is_ok(), "{local}");
            assert!(matches!(parse(local, false), Err(DestinationError::PlainHttp { .. })), "{local}");
        }
        for foreign in ["http://example.com/x", "http://10.0.0.1/x", "http://localhost.example.com/", "http://0.0.0.0/"]
        {
            assert!(matches!(parse(foreign, true), Err(DestinationError::PlainHttp { .. })), "{foreign}");
        }
    }

    #[test]
    fn errors_do_not_repeat_what_was_given() {
        for wrong in [
            "hunter2",
            "hunter2:hunter2",
            "ftp://hunter2/hunter2",
            "https://",
            "http://a/hunter2",
            "https://u:hunter2@a/",
            "",
        ] {
            let error = parse(wrong, true).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }
}
