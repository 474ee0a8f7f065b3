//! Which addresses may be opened.

use url::Url;

const HOSTS: [&str; 3] = ["mail-settings.google.com", "mail.google.com", "isolated.mail.google.com"];
/// What confirms. `uf-` cancels.
const PATH: &str = "/mail/vf-";

/// Whether it is an address of Gmail's confirmation.
pub(super) fn is_gmails(url: &Url) -> bool {
    let is_host = url.host_str().is_some_and(|host| HOSTS.contains(&host));
    let is_plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    url.scheme() == "https" && is_host && is_plain && url.path().starts_with(PATH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_confirmations_of_gmail_are_opened() {
        for good in [
            "https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-abc",
            "https://mail.google.com/mail/vf-fd4666a8da-test%40outlook.com-3hqN",
            "https://isolated.mail.google.com/mail/vf-%5Bx%5D-y?hl=de",
            "https://MAIL.google.com:443/mail/vf-x",
        ] {
            assert!(is_gmails(&Url::parse(good).unwrap()), "{good}");
        }
        for bad in [
            "http://mail.google.com/mail/vf-x",
            "https://mail.google.com/mail/uf-x",
            "https://mail.google.com/mail/u/0/vf-x",
            "https://mail.google.com/mail/vf-/../uf-x",
            "https://mail.google.com/mail/vf-x/../../accounts",
            "https://mail.google.com:8443/mail/vf-x",
            "https://user@mail.google.com/mail/vf-x",
            "https://mail.google.com@evil.test/mail/vf-x",
            "https://mail.google.com.evil.test/mail/vf-x",
            "https://accounts.google.com/mail/vf-x",
            "https://google.com/mail/vf-x",
            "https://127.0.0.1/mail/vf-x",
            "https://[::1]/mail/vf-x",
            "file:///mail/vf-x",
        ] {
            assert!(!is_gmails(&Url::parse(bad).unwrap()), "{bad}");
        }
    }
}
