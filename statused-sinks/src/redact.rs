//! Keeps secrets out of text that comes from outside.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";

/// How much of an answer an outcome shows, in characters.
const EXCERPT: usize = 200;

/// Knows a destination's secrets and takes them out of text.
pub(crate) struct Redactor {
    /// The longest first, so that no part of one is left standing by another.
    secrets: Vec<SecretString>,
}

impl Redactor {
    pub(crate) fn new(secrets: Vec<SecretString>) -> Self {
        let mut redactor = Self { secrets: Vec::new() };
        secrets.into_iter().for_each(|secret| redactor.add(secret));
        redactor
    }

    pub(crate) fn add(&mut self, secret: SecretString) {
        let length = secret.expose_secret().len();
        if length > 0 {
            let place = self.secrets.partition_point(|other| other.expose_secret().len() > length);
            self.secrets.insert(place, secret);
        }
    }

    /// One short line of the text, without control characters and secrets.
    pub(crate) fn excerpt(&self, text: &str) -> String {
        // The order matters: a secret may be spread over control characters, or be cut in two by shortening.
        let visible: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let visible: String = visible.chars().filter(|c| !c.is_control()).collect();
        let mut line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        for secret in &self.secrets {
            line = line.replace(secret.expose_secret(), REDACTED);
        }
        match line.char_indices().nth(EXCERPT) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_control_characters_and_length_are_taken_out() {
        let redactor = Redactor::new(vec!["hunter2".into(), "".into(), "/hooks/hunter2".into()]);
        assert_eq!(
            redactor.excerpt("no\u{1b}[31m hook\r\n at /hooks/hunter2,\t hun\u{0}ter2!"),
            "no[31m hook at [redacted], [redacted]!"
        );
        let long = redactor.excerpt(&format!("{}hunter2", "é".repeat(EXCERPT - 3)));
        assert_eq!(long.chars().count(), EXCERPT + 1);
        assert!(!long.contains("hun"), "{long}");
    }
}
