//! Bodies with templates in them.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use statused_core::model::Notification;

use crate::cloud_event;
use crate::error::DestinationError;
use crate::http::Request;
use crate::template::Template;
use crate::text::{Limit, fit, plain};

/// How much of a value stands in a body.
const LONG: Limit = Limit::Utf16(10_000);

/// A body as it is described.
#[derive(Debug)]
pub(super) enum BodyText {
    Empty,
    Json(SecretString),
    Form(Vec<(String, SecretString)>),
    Plain(SecretString),
}

/// A body that is ready for events. `Debug` shows its kind.
pub(super) enum Body {
    Empty,
    Json(Node),
    Form(Vec<(String, Template)>),
    Plain(Template),
}

/// A JSON value with templates for strings.
pub(super) enum Node {
    Fixed(Value),
    Text(Template),
    Event,
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Body {
    pub(super) fn parse(text: &BodyText) -> Result<Self, DestinationError> {
        Ok(match text {
            BodyText::Empty => Self::Empty,
            BodyText::Json(text) => {
                let not_json = |error: serde_json::Error| DestinationError::BodyNotJson {
                    line: error.line(),
                    column: error.column(),
                };
                let value = serde_json::from_str(text.expose_secret()).map_err(not_json)?;
                Self::Json(Node::parse(value)?)
            }
            BodyText::Form(fields) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, text)| Ok((name.clone(), Template::parse(text.expose_secret())?)));
                Self::Form(fields.collect::<Result<_, DestinationError>>()?)
            }
            BodyText::Plain(text) => Self::Plain(Template::parse(text.expose_secret())?),
        })
    }

    pub(super) fn fill(&self, request: Request, notification: &Notification) -> Request {
        match self {
            Self::Empty => request,
            Self::Json(node) => request.json(&node.fill(notification)),
            Self::Form(fields) => {
                request.form(fields.iter().map(|(name, template)| (name, template.render(notification, value))))
            }
            Self::Plain(template) => {
                request.body("text/plain; charset=utf-8", template.render(notification, value).into_bytes())
            }
        }
    }
}

/// A value in a body; the body's own kind escapes it.
fn value(text: &str) -> String {
    fit(text, LONG, plain)
}

impl Node {
    fn parse(value: Value) -> Result<Self, DestinationError> {
        Ok(match value {
            Value::String(text) if is_event(&text) => Self::Event,
            Value::String(text) => Self::Text(Template::parse(&text)?),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::parse).collect::<Result<_, _>>()?),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| Ok((name, Self::parse(value)?)));
                Self::Object(members.collect::<Result<_, DestinationError>>()?)
            }
            fixed => Self::Fixed(fixed),
        })
    }

    fn fill(&self, notification: &Notification) -> Value {
        match self {
            Self::Fixed(fixed) => fixed.clone(),
            Self::Text(template) => template.render(notification, value).into(),
            // Its keys are strings, which JSON can always say.
            Self::Event => serde_json::to_value(cloud_event::envelope(&notification.event)).unwrap_or_default(),
            Self::Array(items) => items.iter().map(|item| item.fill(notification)).collect(),
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.clone(), value.fill(notification)));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }
}

/// Whether a string is the placeholder of the whole event.
fn is_event(text: &str) -> bool {
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.is_some_and(|name| name.trim() == "event")
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Json(_) => "Json",
            Self::Form(_) => "Form",
            Self::Plain(_) => "Plain",
        })
    }
}
