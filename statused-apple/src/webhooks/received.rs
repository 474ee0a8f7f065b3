//! What a push says, in whichever of its shapes.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use statused_core::model::Status;

use super::event::EventType;
use crate::source::status;

/// A push whose signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Apple's id of the event.
    pub id: String,
    /// The app, from the address that Apple was told to send to: the body names none.
    pub app: String,
    /// What it tells of.
    pub kind: EventType,
    /// When it happened, by Apple's clock; not all types say so.
    pub at: Option<DateTime<Utc>>,
    /// What it says.
    pub content: Content,
    /// Whether this event was taken in before.
    pub repeated: bool,
}

/// What a push says beside its type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Nothing, or nothing that this version understands.
    Nothing,
    /// Something came to a new state.
    State {
        /// Apple's id of it.
        id: String,
        /// The state before; some bodies leave it out.
        from: Option<Status>,
        /// The new state.
        to: Status,
    },
    /// Something new is there.
    Created {
        /// Apple's id of it.
        id: String,
    },
    /// What an alternative marketplace may distribute.
    Distribution {
        /// Apple's id of the package or its version; territories have none.
        id: Option<String>,
        /// The app that is distributed.
        app: Option<String>,
        /// The marketplace's own app.
        marketplace_app: Option<String>,
        /// Whether it may be distributed; a new version does not say.
        available: Option<bool>,
        /// Territories, by Apple's three-letter codes.
        territories: Vec<String>,
    },
}

#[derive(Deserialize)]
struct Body {
    data: Data,
}

/// Attributes and relationships differ from type to type, and may be anything in a type that is not known.
#[derive(Deserialize)]
struct Data {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    attributes: Value,
    #[serde(default)]
    relationships: Value,
}

/// The body is not what a push looks like.
#[derive(Debug)]
pub(crate) struct Unreadable;

impl Received {
    /// Reads a body.
    pub(crate) fn read(app: &str, body: &[u8]) -> Result<Self, Unreadable> {
        let Body { data } = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        let kind = EventType::from_wire_name(&data.kind);
        let content = data.content(&kind)?;
        let at = data.text("timestamp").and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let at = at.map(|at| at.to_utc());
        Ok(Self { id: data.id, app: app.to_owned(), kind, at, content, repeated: false })
    }
}

impl Data {
    fn content(&self, kind: &EventType) -> Result<Content, Unreadable> {
        let id = || self.related("instance").ok_or(Unreadable);
        let state = |from: &str, to: &str, read: fn(&str) -> Status| {
            let to = self.text(to).map(read).ok_or(Unreadable)?;
            Ok(Content::State { id: id()?, from: self.text(from).map(read), to })
        };
        match kind {
            EventType::VersionState => state("oldValue", "newValue", status::one_name),
            EventType::ExternalBetaState => state("oldExternalBuildState", "newExternalBuildState", Status::from_code),
            EventType::BuildUploadState
            | EventType::AssetVersionState
            | EventType::AssetExternalBetaState
            | EventType::AssetStoreState => state("oldState", "newState", Status::from_code),
            EventType::ScreenshotFeedback | EventType::CrashFeedback | EventType::AssetInternalBetaRelease => {
                Ok(Content::Created { id: id()? })
            }
            EventType::DistributionVersion | EventType::DistributionPackage | EventType::DistributionTerritories => {
                Ok(self.distribution())
            }
            EventType::Ping | EventType::Unknown(_) => Ok(Content::Nothing),
        }
    }

    fn distribution(&self) -> Content {
        let territories = self.attributes.get("territories").and_then(Value::as_array);
        let territories = territories.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Content::Distribution {
            id: self.related("instance"),
            app: self.text("appId").map(str::to_owned),
            marketplace_app: self.related("marketplaceApp"),
            available: self.attributes.get("available").and_then(Value::as_bool),
            territories,
        }
    }

    fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    /// The id of a related resource, inside `data` or without it. Its type is the event's own, and its link is never
    /// followed.
    fn related(&self, name: &str) -> Option<String> {
        let related = self.relationships.get(name)?;
        let id = related.get("data").unwrap_or(related).get("id")?.as_str()?;
        // It becomes a part of an address.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (!id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(plain)).then(|| id.to_owned())
    }
}

/// Apple's ids have 36 characters at most.
const LONGEST_ID: usize = 100;
