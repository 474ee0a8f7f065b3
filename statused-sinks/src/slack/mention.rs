//! Whom a message calls.

use std::str::FromStr;

use statused_core::model::{Event, EventKind, Status, Tone};

use crate::error::DestinationError;
use crate::facts::Facts;

/// Whom a message calls. Read from `here`, `channel`, `everyone`, or the id of a member (`U…`, `W…`) or group (`S…`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mention {
    /// Whoever is active in the channel.
    Here,
    /// All members of the channel.
    Channel,
    /// All members of the workspace, where the channel allows it.
    Everyone,
    /// One member, by id.
    User(String),
    /// A user group, by id.
    Group(String),
}

impl FromStr for Mention {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, DestinationError> {
        let is_id = text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        match text {
            "here" => Ok(Self::Here),
            "channel" => Ok(Self::Channel),
            "everyone" => Ok(Self::Everyone),
            id if is_id && id.starts_with(['U', 'W']) => Ok(Self::User(id.to_owned())),
            id if is_id && id.starts_with('S') => Ok(Self::Group(id.to_owned())),
            _ => Err(DestinationError::invalid(
                "a mention",
                "is neither here, channel nor everyone, nor the id of a member (U…) or of a user group (S…)",
            )),
        }
    }
}

impl Mention {
    /// As Slack writes it.
    fn markup(&self) -> String {
        match self {
            Self::Here => "<!here>".to_owned(),
            Self::Channel => "<!channel>".to_owned(),
            Self::Everyone => "<!everyone>".to_owned(),
            Self::User(id) => format!("<@{id}>"),
            Self::Group(id) => format!("<!subteam^{id}>"),
        }
    }
}

/// Who is called when.
#[derive(Clone, Debug, Default)]
pub(super) struct Mentions {
    pub(super) on_trouble: Vec<Mention>,
    /// By the status' label or code.
    pub(super) on_status: Vec<(String, Mention)>,
}

impl Mentions {
    /// What stands before the event's sentence. Samples and welcomes call nobody.
    pub(super) fn before(&self, event: &Event) -> String {
        if matches!(event.kind, EventKind::Test | EventKind::Welcome) {
            return String::new();
        }
        let is_trouble = matches!(Facts::of(event).tone(), Tone::Bad | Tone::Action);
        let code = event.data.status_code.as_ref().map(Status::code).unwrap_or_default();
        let is_meant = |status: &str| [&event.data.status, code].iter().any(|name| name.eq_ignore_ascii_case(status));
        let on_trouble = self.on_trouble.iter().filter(|_| is_trouble);
        let on_status = self.on_status.iter().filter(|(status, _)| is_meant(status)).map(|(_, mention)| mention);
        on_trouble.chain(on_status).map(|mention| mention.markup() + " ").collect()
    }
}
