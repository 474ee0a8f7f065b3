//! Where requests go: Google, or a stand-in on this machine.

use url::{Host, Url};

/// The Google Play Android Developer API.
pub(super) const PUBLISHER: &str = "https://androidpublisher.googleapis.com";
/// The Google Play Developer Reporting API.
pub(super) const REPORTING: &str = "https://playdeveloperreporting.googleapis.com";

/// Why an address is not taken as an API's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// Not an absolute address with a host.
    #[error("this is no absolute address: it looks like {PUBLISHER}")]
    Invalid,
    /// Neither `https`, nor `http` to this machine: the token would cross a network in the clear.
    #[error("the address must be https; http is taken for a loopback address only")]
    Insecure,
    /// A user, password, query or fragment, which the API has no use for.
    #[error("the address must have no user, password, query or fragment")]
    Extra,
}

pub(super) fn parse(text: &str) -> Result<Url, BaseUrlError> {
    let mut url = Url::parse(text.trim()).map_err(|_| BaseUrlError::Invalid)?;
    let host = url.host().ok_or(BaseUrlError::Invalid)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        _ => return Err(BaseUrlError::Insecure),
    }
    let extra = !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    if extra || url.fragment().is_some() {
        return Err(BaseUrlError::Extra);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a host is this machine.
fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_this_machine() {
        for good in [PUBLISHER, REPORTING, "https://example.com/play/", "http://127.0.0.1:9", "http://[::1]:9/token"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", BaseUrlError::Invalid),
            ("androidpublisher.googleapis.com", BaseUrlError::Invalid),
            ("http://example.com", BaseUrlError::Insecure),
            ("http://127.0.0.1.example.com", BaseUrlError::Insecure),
            ("ftp://localhost", BaseUrlError::Insecure),
            ("https://user:password@example.com", BaseUrlError::Extra),
            ("https://example.com/?a=b", BaseUrlError::Extra),
        ] {
            assert_eq!(parse(bad), Err(why), "{bad}");
        }
    }
}
