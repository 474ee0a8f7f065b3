//! `[source.mail]`: how mail comes in, and who may post it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::document::Document;
use super::{ConfigError, OneOrMore, Secret, Server, Text};

/// `[source.mail]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailTable {
    /// Left out: the known ones.
    pub(crate) senders: Option<Vec<String>>,
    /// Pinned keys; left out: DNS.
    #[serde(default)]
    pub(crate) dkim_keys: BTreeMap<String, String>,
    /// The addresses whose mail is for this source; left out: whatever comes is.
    #[serde(default)]
    pub(crate) recipients: Vec<String>,
    /// Where mail is kept that could not be taken; left out: in memory.
    pub(crate) quarantine: Option<String>,
    pub(crate) maildir: Option<String>,
    pub(crate) imap: Option<ImapTable>,
    /// Whose question whether Gmail may forward here is answered with yes, as long as this is set.
    #[serde(default)]
    pub(crate) expect_forwarding_from: OneOrMore<String>,
    /// Who posts mail here; left out: whoever has the raw message.
    provider: Option<Spanned<Provider>>,
    token: Option<Spanned<Secret>>,
    user: Option<Text>,
    password: Option<Spanned<Secret>>,
    signing_key: Option<Spanned<Secret>>,
    topic: Option<Text>,
    public_key: Option<Spanned<Secret>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImapTable {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) tls: TlsWord,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) folder: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TlsWord {
    #[default]
    Implicit,
    StartTls,
    Plain,
}

/// The forms in which mail is posted, by the last part of their address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Provider {
    Raw,
    SesSns,
    Mailgun,
    Postmark,
    #[serde(rename = "sendgrid")]
    SendGrid,
}

/// How mail is posted, and what proves who does it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Posted<'a> {
    /// By anybody.
    Open,
    /// By whoever has the token.
    Token(&'a Secret),
    /// By whoever has the login, in this form.
    Login(Provider, &'a str, &'a Secret),
    /// By a topic of Amazon's.
    Topic(&'a str),
    /// By whoever signs with this key.
    Mailgun(&'a Secret),
    /// By whoever signs for this key.
    SendGrid(&'a Secret),
}

impl Provider {
    fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::SesSns => "ses-sns",
            Self::Mailgun => "mailgun",
            Self::Postmark => "postmark",
            Self::SendGrid => "sendgrid",
        }
    }

    /// The keys that prove it; one of these sets, as a whole.
    fn proofs(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Raw => &[&[], &["token"], &["user", "password"]],
            Self::SesSns => &[&["topic"]],
            Self::Mailgun => &[&["signing_key"]],
            Self::Postmark => &[&["user", "password"]],
            Self::SendGrid => &[&["user", "password"], &["public_key"]],
        }
    }

    /// The same in words.
    fn needs(self) -> String {
        let sets = self.proofs().iter().filter(|set| !set.is_empty());
        let sets = sets.map(|set| set.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and "));
        sets.collect::<Vec<_>>().join(", or ")
    }
}

impl MailTable {
    fn provider(&self) -> Provider {
        self.provider.as_ref().map_or(Provider::Raw, |provider| *provider.as_ref())
    }

    /// How mail is posted; `None`: it is fetched, and nobody is meant to.
    pub(crate) fn posted(&self) -> Option<Posted<'_>> {
        let login = || Some((self.user.as_ref()?.as_ref().as_str(), self.password.as_ref()?.as_ref()));
        match self.provider() {
            Provider::SesSns => self.topic.as_ref().map(|topic| Posted::Topic(topic.as_ref())),
            Provider::Mailgun => self.signing_key.as_ref().map(|key| Posted::Mailgun(key.as_ref())),
            Provider::SendGrid if self.public_key.is_some() => {
                self.public_key.as_ref().map(|key| Posted::SendGrid(key.as_ref()))
            }
            provider => match (&self.token, login()) {
                (Some(token), _) => Some(Posted::Token(token.as_ref())),
                (None, Some((user, password))) => Some(Posted::Login(provider, user, password)),
                (None, None) => self.is_only_posted().then_some(Posted::Open),
            },
        }
    }

    fn is_only_posted(&self) -> bool {
        self.provider.is_some() || (self.imap.is_none() && self.maildir.is_none())
    }

    /// The secrets of whoever posts.
    pub(crate) fn door_secrets(&self) -> impl Iterator<Item = &Secret> {
        [&self.token, &self.password, &self.signing_key, &self.public_key].into_iter().flatten().map(Spanned::as_ref)
    }

    /// The keys that were given to prove who posts.
    fn given(&self) -> Vec<(&'static str, Range<usize>)> {
        let secrets = [
            ("token", &self.token),
            ("password", &self.password),
            ("signing_key", &self.signing_key),
            ("public_key", &self.public_key),
        ];
        let texts = [("user", &self.user), ("topic", &self.topic)];
        let secrets = secrets.into_iter().filter_map(|(name, key)| Some((name, key.as_ref()?.span())));
        secrets.chain(texts.into_iter().filter_map(|(name, key)| Some((name, key.as_ref()?.span())))).collect()
    }

    /// Whether mail can come in as the file says, and from nobody else. `source`: where the source is named.
    pub(super) fn check(
        &self,
        document: &Document<'_>,
        server: Option<&Server>,
        source: Range<usize>,
    ) -> Result<(), ConfigError> {
        let (provider, given) = (self.provider(), self.given());
        let (word, needs) = (provider.word(), provider.needs());
        if let Some((name, span)) = given.iter().find(|(name, _)| !provider.proofs().concat().contains(name)) {
            let message = format!("`{name}` is not for provider = {word:?}, which takes {needs}");
            return Err(document.error_at(span.clone(), message));
        }
        let complete = |set: &&[&str]| set.len() == given.len() && given.iter().all(|(name, _)| set.contains(name));
        if !provider.proofs().iter().any(complete) {
            let place = self.provider.as_ref().map(Spanned::span);
            let place = place.or_else(|| given.first().map(|(_, span)| span.clone())).unwrap_or(source);
            return Err(document.error_at(place, format!("provider = {word:?} needs {needs}, and nothing else")));
        }
        match (self.posted(), server) {
            (Some(_), None) => {
                let message = "its mail has nowhere to arrive: add a [server] with `listen`";
                Err(document.error_at(source, message))
            }
            (Some(Posted::Open), Some(server)) if server.is_reached_from_outside() => {
                let message = "anybody could post mail to it, and fill the quarantine: give [source.mail] a `token`, or \
                               `user` and `password`, or a `provider`";
                Err(document.error_at(source, message))
            }
            _ => Ok(()),
        }
    }
}
