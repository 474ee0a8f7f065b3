//! Addresses: checked once, shown never in full.

use std::fmt;
use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::guard;
use super::request::Request;
use crate::error::DestinationError;

/// A checked destination address. It is a secret: `Debug` and `Display` show scheme and host.
pub(crate) struct Address {
    url: Url,
}

impl Address {
    /// Checks that the address is `https`, or `http` to loopback where that is allowed.
    pub(super) fn parse(text: &SecretString, allow_http: bool) -> Result<Self, DestinationError> {
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
        Ok(Self { url })
    }

    /// Goes on to what lies below, each segment encoded as one.
    pub(super) fn join(mut self, segments: &[&str]) -> Result<Self, DestinationError> {
        // Of these, an address would make another path than the one that is meant.
        if segments.iter().any(|segment| matches!(segment.trim(), "" | "." | "..")) {
            return Err(DestinationError::invalid("a part of the address", "is empty or made of dots"));
        }
        self.extend(segments.iter().copied());
        Ok(self)
    }

    fn extend<'a>(&mut self, segments: impl Iterator<Item = &'a str>) {
        let mut segments = segments.peekable();
        if segments.peek().is_some()
            && let Ok(mut path) = self.url.path_segments_mut()
        {
            path.pop_if_empty().extend(segments);
        }
    }

    /// The address that a request goes to.
    pub(super) fn of(&self, request: &Request) -> Url {
        let mut whole = Self { url: self.url.clone() };
        whole.extend(request.segments.iter().map(String::as_str));
        if !request.query.is_empty() {
            whole.url.query_pairs_mut().extend_pairs(&request.query);
        }
        whole.url
    }

    /// The host's name or address.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The path, which may be the secret.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// Refuses an address that is written out and not public. A name is looked at when it is looked up.
    pub(super) fn refuse_private_literal(&self) -> Result<(), DestinationError> {
        let ip: IpAddr = match self.url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        if guard::is_public(ip) { Ok(()) } else { Err(DestinationError::NotPublic { address: self.to_string() }) }
    }

    /// The parts that must not be seen: path, query, and each longer piece of the two.
    pub(super) fn secret_parts(&self) -> Vec<SecretString> {
        // Shorter pieces are words like `services` or `v1`; hiding those would only garble the answer's text.
        const SHORTEST_PIECE: usize = 9;
        let url = &self.url;
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
        f.write_str(&shown(&self.url))
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
    fn what_lies_below_is_one_segment_each() {
        let base = Address::parse(&"https://ci.example.com/base/?key=1".into(), false).unwrap();
        let below = base.join(&["v1", "group/app"]).unwrap();
        let request = Request::post().at(["a b"]).query("to", "x&y");
        assert_eq!(below.of(&request).as_str(), "https://ci.example.com/base/v1/group%2Fapp/a%20b?key=1&to=x%26y");
        for wrong in ["", " ", ".", ".."] {
            let base = Address::parse(&"https://ci.example.com".into(), false).unwrap();
            assert!(base.join(&["v1", wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn literals_that_are_not_public_are_refused_however_they_are_written() {
        let refused = |url: &str| Address::parse(&url.into(), false).unwrap().refuse_private_literal().is_err();
        for url in [
            "https://10.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
        ] {
            assert!(refused(url), "{url}");
        }
        assert!(!refused("https://8.8.8.8/") && !refused("https://[2606:4700::1111]/") && !refused("https://a.test/"));
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
