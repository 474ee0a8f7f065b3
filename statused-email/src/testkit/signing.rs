//! How a mail is signed.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

/// How a mail is signed.
///
/// ```
/// use chrono::Utc;
/// use statused_email::testkit::{Draft, Postmaster, Signing};
///
/// let google = Postmaster::google();
/// let draft = Draft::new("Google Play <googleplay-noreply@google.com>", "Hello", "Some news.");
/// let sloppy = Signing::google(Utc::now()).covering(["from", "to"]);
/// let mail = google.sign(&draft.unsigned(), &sloppy);
/// assert!(mail.starts_with(b"DKIM-Signature: "));
/// ```
#[derive(Debug, Clone)]
pub struct Signing {
    pub(super) domain: Option<String>,
    pub(super) selector: Option<String>,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) expires: Option<DateTime<Utc>>,
    pub(super) covering: Vec<String>,
    pub(super) length: Option<usize>,
    pub(super) recipient: Option<String>,
}

impl Signing {
    /// As Google signs: for a week, over more `From`, `To`, `Cc`, `Subject`, `Date`, `Message-ID` and `Reply-To`
    /// headers than there are, naming the recipient's domain (`darn=`).
    pub fn google(at: DateTime<Utc>) -> Self {
        let covering = "to:from:subject:date:message-id:mime-version:from:to:cc:subject:date:message-id:reply-to";
        Self {
            domain: None,
            selector: None,
            at: Some(at),
            expires: Some(at + TimeDelta::days(7)),
            covering: covering.split(':').map(str::to_owned).collect(),
            length: None,
            recipient: Some("example.com".to_owned()),
        }
    }

    /// In another domain's name.
    #[must_use]
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// With another key's name.
    #[must_use]
    pub fn selector(mut self, selector: impl Into<String>) -> Self {
        self.selector = Some(selector.into());
        self
    }

    /// Until another moment (`x=`), or for ever.
    #[must_use]
    pub fn expires(mut self, expires: Option<DateTime<Utc>>) -> Self {
        self.expires = expires;
        self
    }

    /// Without saying when (`t=`).
    #[must_use]
    pub fn undated(mut self) -> Self {
        self.at = None;
        self
    }

    /// Over other headers (`h=`). One that is named more often than it is there is signed as absent.
    #[must_use]
    pub fn covering(mut self, headers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.covering = headers.into_iter().map(Into::into).collect();
        self
    }

    /// Over no more than so many bytes of the body (`l=`).
    #[must_use]
    pub fn length(mut self, bytes: usize) -> Self {
        self.length = Some(bytes);
        self
    }

    /// The body's part of the signature: its length tag and hash.
    pub(super) fn body(&self, raw: &[u8]) -> (String, Vec<u8>) {
        let body = relaxed_body(raw);
        match self.length {
            Some(length) => (format!(" l={length};"), Sha256::digest(&body[..length.min(body.len())]).to_vec()),
            None => (String::new(), Sha256::digest(&body).to_vec()),
        }
    }
}

/// The fields of a header block, each with its name and what follows the colon.
pub(super) fn fields(raw: &[u8]) -> Vec<(String, String)> {
    let head = String::from_utf8_lossy(&raw[..body_start(raw)]).replace("\r\n", "\n");
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines().filter(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    fields
}

/// `name:value`, as it is hashed.
pub(super) fn relaxed(name: &str, value: &str) -> String {
    let value = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    format!("{}:{value}", name.trim().to_ascii_lowercase())
}

/// What a signature over these headers hashes of a mail: for each name the lowest that is left.
pub(super) fn covered(raw: &[u8], names: &[String]) -> String {
    let mut left = fields(raw);
    let mut hashed = String::new();
    for name in names {
        if let Some(at) = left.iter().rposition(|(field, _)| field.trim().eq_ignore_ascii_case(name)) {
            let (name, value) = left.remove(at);
            hashed.push_str(&relaxed(&name, &value));
            hashed.push_str("\r\n");
        }
    }
    hashed
}

fn relaxed_body(raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for line in raw[body_start(raw)..].split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let words = line.split(|byte| matches!(byte, b' ' | b'\t')).enumerate();
        let words = words.filter(|(at, word)| *at == 0 || !word.is_empty()).map(|(_, word)| word);
        body.extend(words.collect::<Vec<_>>().join(&b' '));
        body.extend(b"\r\n");
    }
    while body.ends_with(b"\r\n\r\n") {
        body.truncate(body.len() - 2);
    }
    if body == b"\r\n" { Vec::new() } else { body }
}

fn body_start(raw: &[u8]) -> usize {
    let ends = |end: &[u8]| raw.windows(end.len()).position(|window| window == end).map(|at| at + end.len());
    ends(b"\r\n\r\n").or_else(|| ends(b"\n\n")).unwrap_or(raw.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6376, section 3.4.5.
    #[test]
    fn canonical_forms_are_those_of_the_rfc() {
        let raw = b"A: X \r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let head = fields(raw).iter().map(|(name, value)| relaxed(name, value)).collect::<Vec<_>>();
        assert_eq!(head, ["a:X", "b:Y Z"]);
        assert_eq!(String::from_utf8(relaxed_body(raw)).unwrap(), " C\r\nD E\r\n");
        assert_eq!(relaxed_body(b"A: b\r\n\r\n"), b"");
    }

    #[test]
    fn the_lowest_field_is_covered_first() {
        let raw = b"A: 1\r\nA: 2\r\n\r\n";
        let names = ["a", "a", "a"].map(str::to_owned);
        assert_eq!(covered(raw, &names), "a:2\r\na:1\r\n");
    }
}
