//! Gmail's request to forward.

use secrecy::SecretString;

use super::content::Content;
use super::{ForwardingRequest, Meaning, Unreadable};
use crate::proof::Proof;

const HOSTS: [&str; 3] = ["mail-settings.google.com", "mail.google.com", "isolated.mail.google.com"];
const LONGEST_LINK: usize = 2048;

/// Gmail's request that somebody's mail may be forwarded: known by sender and header, whatever the language.
pub(super) fn forwarding(proof: &Proof, content: &Content) -> Meaning {
    if !content.confirmation {
        return Meaning::NotAboutStatus;
    }
    let text = content.text.as_deref().unwrap_or_default();
    let mut links = links(text);
    let (Some(link), None) = (links.next(), links.find(|_| true)) else {
        return Meaning::Unreadable(Unreadable::NoLink);
    };
    Meaning::ForwardingRequest(ForwardingRequest {
        id: proof.message_id.clone(),
        at: proof.date,
        requested_by: first_address(text),
        recipient: content.recipient.clone(),
        link: SecretString::from(link.to_owned()),
    })
}

/// The links that confirm, each once. Those that cancel begin with `uf-`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut seen: Vec<&str> = Vec::new();
    text.match_indices("https://").filter_map(move |(at, _)| {
        let end = text[at..].find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\'' | ')' | ']'));
        let link =
            text[at..end.map_or(text.len(), |end| at + end)].trim_end_matches(['.', ',', ';', ':', '!', '?', '。']);
        let (host, path) = link.strip_prefix("https://")?.split_once('/')?;
        let plain = link.len() <= LONGEST_LINK && link.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let confirms = HOSTS.contains(&host) && path.starts_with("mail/vf-") && !path.contains("..");
        (plain && confirms && !seen.contains(&link)).then(|| {
            seen.push(link);
            link
        })
    })
}

/// Whoever asks is the first to be named.
fn first_address(text: &str) -> Option<String> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@' | '=');
    let mut words = text.split(|c: char| !inside(c)).map(|word| word.trim_matches(['.', '-', '_']));
    let address = words.find(|word| {
        word.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty() && host.contains('.') && !host.starts_with('.') && !host.contains(['@', '+', '_', '='])
        })
    })?;
    (address.len() <= 320).then(|| address.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_links_that_confirm_count() {
        let found = |text: &str| links(text).map(str::to_owned).collect::<Vec<_>>();
        let good = "https://mail-settings.google.com/mail/vf-%5BANGjdJ%5D-x";
        assert_eq!(found(&format!("a\n{good}\nb {good}. <{good}>")), [good]);
        assert_eq!(found(&format!("{good} {good}y")).len(), 2);
        for bad in [
            "http://mail-settings.google.com/mail/vf-a",
            "https://mail-settings.google.com.evil.test/mail/vf-a",
            "https://mail-settings.google.com@evil.test/mail/vf-a",
            "https://mail-settings.google.com:8443/mail/vf-a",
            "https://evil.test/https://mail.google.com",
            "https://mail-settings.google.com/mail/uf-a",
            "https://mail-settings.google.com/mail/vf-/../../a",
            "https://mail-settings.google.com/mail/vf-\\a",
            "https://MAIL-SETTINGS.google.com/x/mail/vf-a",
            "https://mail-settings.google.com",
        ] {
            assert!(found(bad).is_empty(), "{bad}");
        }
    }

    #[test]
    fn whoever_asks_is_named_first() {
        for (text, address) in [
            ("Dev@Example.com has requested", Some("dev@example.com")),
            ("dev@example.com님이 a@b.c", Some("dev@example.com")),
            ("<dev+play@mail.example.com>.", Some("dev+play@mail.example.com")),
            ("@, a@, @b.c, a@b@c.d, a@b", None),
        ] {
            assert_eq!(first_address(text).as_deref(), address, "{text}");
        }
    }
}
