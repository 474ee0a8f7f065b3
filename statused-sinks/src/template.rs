//! Texts with placeholders for what an event carries.

use std::borrow::Cow;
use std::fmt;

use chrono::SecondsFormat;
use statused_core::model::{Notification, Status};

use crate::error::DestinationError;

type Get = for<'a> fn(&'a Notification) -> Option<Cow<'a, str>>;

/// The placeholders: `id`, `type`, `time`, `subject`, `workflow`, and the names of the event's fields.
const PLACEHOLDERS: [(&str, Get); 23] = [
    ("id", |n| Some(n.event.id.to_string().into())),
    ("type", |n| Some(n.event.kind.type_name().into())),
    ("time", |n| Some(n.event.time.to_rfc3339_opts(SecondsFormat::Secs, true).into())),
    ("subject", |n| Some(n.event.subject.to_string().into())),
    ("workflow", |n| Some(n.workflow.as_str().into())),
    ("message", |n| Some(n.event.data.message.as_str().into())),
    ("version", |n| n.event.data.version.as_deref().map(Into::into)),
    ("status", |n| Some(n.event.data.status.as_str().into())),
    ("track", |n| n.event.data.track.as_deref().map(Into::into)),
    ("user_distribution", |n| n.event.data.user_distribution.as_deref().map(Into::into)),
    ("store_name", |n| Some(n.event.data.store_name.as_str().into())),
    ("status_color", |n| Some(n.event.data.status_color.as_str().into())),
    ("app_name", |n| n.event.data.app_name.as_deref().map(Into::into)),
    ("app_icon_url", |n| n.event.data.app_icon_url.as_deref().map(Into::into)),
    ("internal_store_url", |n| n.event.data.internal_store_url.as_deref().map(Into::into)),
    ("timestamp", |n| Some(n.event.data.timestamp.as_str().into())),
    ("status_code", |n| n.event.data.status_code.as_ref().map(Status::code).map(Into::into)),
    ("previous_status", |n| n.event.data.previous_status.as_deref().map(Into::into)),
    ("app_id", |n| n.event.data.app_id.as_ref().map(|id| id.as_str().into())),
    ("bundle_id", |n| n.event.data.bundle_id.as_deref().map(Into::into)),
    ("platform", |n| n.event.data.platform.as_deref().map(Into::into)),
    ("build_number", |n| n.event.data.build_number.as_deref().map(Into::into)),
    ("reason", |n| n.event.data.reason.as_deref().map(Into::into)),
];

/// A text with `{{placeholders}}`. `Debug` shows nothing of it: it may be told secrets.
#[derive(Clone)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone)]
enum Piece {
    Text(String),
    Value(Get),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, DestinationError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) =
                after.split_once("}}").ok_or(DestinationError::invalid("a template", "has a {{ without its }}"))?;
            let name = name.trim();
            let (_, get) = PLACEHOLDERS
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| DestinationError::UnknownPlaceholder { name: name.to_owned() })?;
            pieces.extend([Piece::Text(before.to_owned()), Piece::Value(*get)]);
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Ok(Self(pieces))
    }

    /// The text for an event; `escape` makes of each value what is safe where it stands. An absent value is empty.
    pub(crate) fn render(&self, notification: &Notification, escape: impl Fn(&str) -> String) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(get) => escape(get(notification).as_deref().unwrap_or_default()),
        };
        self.0.iter().map(text).collect()
    }

    /// Whether the event lacks a value that the text needs.
    pub(crate) fn lacks(&self, notification: &Notification) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Value(get) => get(notification).is_none_or(|value| value.trim().is_empty()),
        })
    }

    /// The text, if it is the same for every event.
    pub(crate) fn fixed(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What is the same for every event, piece by piece.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Value(_) => None,
        })
    }

    /// What stands before each value.
    pub(crate) fn before_values(&self) -> impl Iterator<Item = String> {
        let values = self.0.iter().enumerate().filter(|(_, piece)| matches!(piece, Piece::Value(_)));
        values.map(|(at, _)| Self(self.0[..at].to_vec()).texts().collect())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use statused_core::testkit::hostile::withstands;

    use super::*;

    fn notification() -> Notification {
        serde_json::from_value(json!({
            "event": {
                "id": "6af15d63-dc69-4088-8adf-cdbb7d204eb4", "kind": "app", "aggregate": "app:acme/1",
                "subject": "version/1", "time": "2025-01-12T22:12:03.9Z",
                "data": {
                    "message": "It {{is}}", "version": "1.2.3", "status": "Ready for Sale", "store_name": "S",
                    "status_color": "", "timestamp": "", "status_code": "READY_FOR_SALE",
                },
            },
            "workflow": "ios",
        }))
        .unwrap()
    }

    #[test]
    fn no_text_breaks_its_reader() {
        let mut good = 0;
        let words = ["{{", "}}", "{{ message }}", "{", "}", "status", "\u{e9}"];
        withstands(&["{{app_name}} is {{ status }}: {{message}}"], &words, 20_000, |text| {
            let text = String::from_utf8_lossy(text);
            if let Ok(template) = Template::parse(&text) {
                good += 1;
                let rendered = template.render(&notification(), |_| String::new());
                assert!(rendered.len() <= text.len(), "without its values it is no longer than it was");
                assert!(template.fixed().is_none() || template.before_values().count() == 0);
            }
        });
        assert!(good > 1000, "{good}");
    }

    #[test]
    fn placeholders_become_escaped_values_and_the_rest_stays() {
        let render = |text: &str| Template::parse(text).unwrap().render(&notification(), |value| format!("<{value}>"));
        assert_eq!(render("v{{version}} {{ status_code }}{{track}} }}"), "v<1.2.3> <READY_FOR_SALE><> }}");
        assert_eq!(render("{{time}} {{subject}} {{workflow}}"), "<2025-01-12T22:12:03Z> <version/1> <ios>");
        // What an event says is no template.
        assert_eq!(render("{{message}}"), "<It {{is}}>");
        assert_eq!(render(""), "");
    }

    #[test]
    fn what_is_no_placeholder_is_refused_by_name() {
        let error = Template::parse("{{version}} {{verison}}").unwrap_err();
        assert_eq!(error, DestinationError::UnknownPlaceholder { name: "verison".to_owned() });
        assert!(Template::parse("{{version").is_err());
    }

    #[test]
    fn a_template_knows_what_it_needs() {
        let template = |text| Template::parse(text).unwrap();
        assert!(template("{{version}} {{track}}").lacks(&notification()));
        assert!(!template("{{version}}").lacks(&notification()));
        assert_eq!(template("hunter2").fixed(), Some("hunter2"));
        assert_eq!(template("hunter2 {{version}}").fixed(), None);
        assert_eq!(format!("{:?}", template("hunter2")), "Template");
    }
}
