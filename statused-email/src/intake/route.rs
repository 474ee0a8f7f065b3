//! To whom a mail was sent.

use std::collections::BTreeSet;

use mail_parser::MessageParser;

use crate::Envelope;
use crate::survive::survived;

/// Addresses that are looked at.
const MOST: usize = 64;

/// The addresses to which a mail was delivered or forwarded, in lower case: what the envelope says, and what the servers
/// on the way have written on top. `To` says whom Google wrote to, and is not among them.
pub(super) fn addresses(envelope: &Envelope, raw: &[u8]) -> BTreeSet<String> {
    let mut found: Vec<String> = envelope.recipients.clone();
    found.extend(envelope.sender.as_deref().and_then(forwarded_to));
    // Without headers that can be read, it is for nobody but whom the envelope names.
    found.extend(survived(|| on_the_way(raw)).unwrap_or_default());
    found.iter().map(|address| bare(address)).filter(|address| address.contains('@')).take(MOST).collect()
}

/// What the servers on the way have written into the headers.
fn on_the_way(raw: &[u8]) -> Vec<String> {
    let Some(message) = MessageParser::default().parse_headers(raw) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in message.headers_raw() {
        match &*name.to_ascii_lowercase() {
            "delivered-to" | "x-forwarded-to" | "x-original-to" | "envelope-to" => {
                found.extend(value.split(',').map(str::to_owned));
            }
            "return-path" => found.extend(forwarded_to(value)),
            _ => {}
        }
    }
    found
}

/// Gmail forwards with a return path that names the target: `user+caf_=local=domain@gmail.com`.
fn forwarded_to(return_path: &str) -> Option<String> {
    let (_, target) = return_path.split_once("+caf_=")?;
    let (target, _) = target.rsplit_once('@')?;
    let (local, domain) = target.rsplit_once('=')?;
    Some(format!("{local}@{domain}"))
}

/// An address without brackets and blanks.
pub(super) fn bare(address: &str) -> String {
    address.trim().trim_start_matches('<').trim_end_matches('>').trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(envelope: &Envelope, headers: &str) -> Vec<String> {
        let raw = format!("{headers}To: developer@gmail.com\r\nSubject: x\r\n\r\nbody\r\n");
        addresses(envelope, raw.as_bytes()).into_iter().collect()
    }

    #[test]
    fn every_mark_of_the_way_counts_and_to_does_not() {
        let none = Envelope::default();
        assert!(found(&none, "").is_empty());
        assert_eq!(found(&Envelope::to(["<Play@Acme.com>"]), ""), ["play@acme.com"]);
        assert_eq!(found(&none, "X-Forwarded-To: play@acme.com\r\n"), ["play@acme.com"]);
        assert_eq!(
            found(&none, "Delivered-To: play@acme.com\r\ndelivered-to: <second@acme.com>\r\n"),
            ["play@acme.com", "second@acme.com"]
        );
        let caf = "Return-Path: <developer+caf_=play=acme.com@gmail.com>\r\n";
        assert_eq!(found(&none, caf), ["play@acme.com"]);
        assert_eq!(found(&none.clone().with_sender("d+caf_=a=b=acme.com@gmail.com"), ""), ["a=b@acme.com"]);
        assert!(found(&none, "Return-Path: <developer@gmail.com>\r\n").is_empty());
        assert!(found(&none, "X-Delivered-To: play@acme.com\r\n").is_empty());
    }

    #[test]
    fn nothing_of_the_body_counts() {
        assert!(addresses(&Envelope::default(), b"To: a@b\r\n\r\nX-Forwarded-To: play@acme.com\r\n").is_empty());
        assert!(addresses(&Envelope::default(), b"").is_empty());
        assert!(addresses(&Envelope::default(), &[0xff; 100]).is_empty());
    }
}
