//! What a run of a CI system is told of an event.

use serde_json::{Map, Value};
use statused_core::Outcome;
use statused_core::model::{Event, EventKind, Notification};

use crate::error::DestinationError;
use crate::http::{Builder, Destination};
use crate::template::Template;
use crate::text::{Limit, fit, line};

/// How much of one value is told.
const VALUE: Limit = Limit::Utf16(1000);

/// What is told where names need no declaration, unless the application says otherwise.
const STANDARD: [(&str, &str); 17] = [
    ("STATUSED_APP_ID", "{{app_id}}"),
    ("STATUSED_APP_NAME", "{{app_name}}"),
    ("STATUSED_BUILD_NUMBER", "{{build_number}}"),
    ("STATUSED_BUNDLE_ID", "{{bundle_id}}"),
    ("STATUSED_EVENT_ID", "{{id}}"),
    ("STATUSED_EVENT_TYPE", "{{type}}"),
    ("STATUSED_MESSAGE", "{{message}}"),
    ("STATUSED_PLATFORM", "{{platform}}"),
    ("STATUSED_PREVIOUS_STATUS", "{{previous_status}}"),
    ("STATUSED_REASON", "{{reason}}"),
    ("STATUSED_STATUS", "{{status}}"),
    ("STATUSED_STATUS_CODE", "{{status_code}}"),
    ("STATUSED_STORE_NAME", "{{store_name}}"),
    ("STATUSED_TIMESTAMP", "{{timestamp}}"),
    ("STATUSED_TRACK", "{{track}}"),
    ("STATUSED_USER_DISTRIBUTION", "{{user_distribution}}"),
    ("STATUSED_VERSION", "{{version}}"),
];

/// What the application says about the values of a run: each is a name and a template.
pub(crate) type Said = Option<Vec<(String, String)>>;

/// A sink whose runs get variables of the environment: `STATUSED_STATUS`, `STATUSED_VERSION` and so on for every field of
/// the event, unless the description says otherwise.
pub trait TakesVariables: Destination {
    #[doc(hidden)]
    fn variables(parts: &mut Self::Parts) -> &mut Said;
}

impl<D: TakesVariables> Builder<D> {
    /// Adds a variable with a template such as `{{version}}`. The first one takes the place of the standard set.
    pub fn variable(mut self, name: impl Into<String>, template: impl Into<String>) -> Self {
        say(D::variables(&mut self.parts), name, template);
        self
    }

    /// Leaves out the standard set, for places that refuse variables.
    pub fn without_variables(mut self) -> Self {
        D::variables(&mut self.parts).get_or_insert_default();
        self
    }
}

/// A sink whose runs are of a branch or of a tag.
pub trait TakesRef: Destination {
    #[doc(hidden)]
    fn git_ref(parts: &mut Self::Parts) -> &mut SaidRef;
}

impl<D: TakesRef> Builder<D> {
    /// Sets the branch. A branch or a tag is needed.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        D::git_ref(&mut self.parts).branch = Some(branch.into());
        self
    }

    /// Sets the tag. A branch or a tag is needed.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        D::git_ref(&mut self.parts).tag = Some(tag.into());
        self
    }
}

/// What the application says of the branch or tag.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct SaidRef {
    branch: Option<String>,
    tag: Option<String>,
}

/// Adds one more to what the application says.
pub(crate) fn say(said: &mut Said, name: impl Into<String>, template: impl Into<String>) {
    said.get_or_insert_default().push((name.into(), template.into()));
}

/// The values that a run gets, by name.
#[derive(Clone, Debug)]
pub(crate) struct Values(Vec<(String, Template)>);

impl Values {
    /// What the application says, or nothing.
    pub(crate) fn declared(said: Said) -> Result<Self, DestinationError> {
        let values = said.unwrap_or_default().into_iter().map(|(name, template)| {
            let rest = name.strip_prefix(|first: char| first.is_ascii_alphabetic() || first == '_');
            let is_name = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            if !rest.is_some_and(is_name) {
                return Err(DestinationError::invalid("the name of a value", "is not made of letters, digits and _"));
            }
            Ok((name, Template::parse(&template)?))
        });
        values.collect::<Result<_, _>>().map(Self)
    }

    /// What the application says, or everything.
    pub(crate) fn standard(said: Said) -> Result<Self, DestinationError> {
        let all = || STANDARD.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self::declared(Some(said.unwrap_or_else(all)))
    }

    /// The values for an event, as a JSON object.
    pub(crate) fn object(&self, notification: &Notification) -> Map<String, Value> {
        let values = self.of(notification).into_iter();
        values.map(|(name, value)| (name.to_owned(), value.into())).collect()
    }

    /// The values for an event.
    pub(crate) fn of(&self, notification: &Notification) -> Vec<(&str, String)> {
        let values = self.0.iter();
        values.map(|(name, template)| (name.as_str(), template.render(notification, inert))).collect()
    }
}

/// One line, not too long, in which nothing refers to a variable.
///
/// Some places expand `$NAME` and `%NAME%` in what they are given and have no escape for it, so that a space of no
/// width parts the sign from its name.
fn inert(value: &str) -> String {
    let mut inert = String::new();
    let line = fit(value, VALUE, line);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        inert.push(c);
        let refers = characters.peek().is_some_and(|next| match c {
            '$' => !next.is_ascii_digit() && !next.is_whitespace(),
            '%' => next.is_ascii_alphabetic() || *next == '_',
            _ => false,
        });
        if refers {
            inert.push('\u{200b}');
        }
    }
    inert
}

/// A workflow's welcome tells people that it begins, an explanation tells more of what has started something already.
/// Neither is a reason to start anything.
pub(crate) fn nothing_to_start(event: &Event) -> Option<Outcome> {
    let what = match event.kind {
        EventKind::Welcome => "a welcome",
        EventKind::Explained => "an explanation",
        _ => return None,
    };
    Some(Outcome::delivered().with_detail(format!("{what} starts nothing; nothing was sent")))
}

/// A branch or a tag, of which there is exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ref {
    Branch(String),
    Tag(String),
}

impl Ref {
    pub(crate) fn of(said: SaidRef) -> Result<Self, DestinationError> {
        match (said.branch, said.tag) {
            (Some(branch), None) if !branch.trim().is_empty() => Ok(Self::Branch(branch)),
            (None, Some(tag)) if !tag.trim().is_empty() => Ok(Self::Tag(tag)),
            (Some(_), Some(_)) => {
                Err(DestinationError::invalid("the branch or tag", "is said twice: give one of them"))
            }
            _ => Err(DestinationError::invalid("the branch or tag", "is missing")),
        }
    }

    /// The member of a JSON object that says it.
    pub(crate) fn member(&self) -> (&'static str, &str) {
        match self {
            Self::Branch(name) => ("branch", name),
            Self::Tag(name) => ("tag", name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_refer_to_nothing() {
        for (value, expected) in [
            ("$CI_JOB_TOKEN ${X} $(id) $$A", "$\u{200b}CI_JOB_TOKEN $\u{200b}{X} $\u{200b}(id) $\u{200b}$\u{200b}A"),
            ("%PATH% 30% $5 100%", "%\u{200b}PATH% 30% $5 100%"),
            ("a\r\nb\u{0}c", "a  b c"),
        ] {
            assert_eq!(inert(value), expected, "{value:?}");
        }
        assert_eq!(inert(&"é".repeat(2000)).chars().count(), 1000);
    }

    #[test]
    fn names_are_checked_and_templates_too() {
        let one = |name: &str, template: &str| Values::declared(Some(vec![(name.to_owned(), template.to_owned())]));
        for name in ["", "1A", "A=B", "A B", "A]", "é"] {
            assert!(one(name, "x").is_err(), "{name:?}");
        }
        assert!(one("_A-1", "{{version}}").is_ok() && one("A", "{{nothing}}").is_err());
        assert!(Values::standard(None).unwrap().0.len() == STANDARD.len());
        assert!(Values::standard(Some(Vec::new())).unwrap().0.is_empty());
    }

    #[test]
    fn a_ref_is_one_of_two() {
        let of = |branch: Option<&str>, tag: Option<&str>| {
            Ref::of(SaidRef { branch: branch.map(str::to_owned), tag: tag.map(str::to_owned) })
        };
        assert_eq!(of(Some("main"), None), Ok(Ref::Branch("main".to_owned())));
        assert_eq!(of(None, Some("v1")), Ok(Ref::Tag("v1".to_owned())));
        assert!(of(Some("main"), Some("v1")).is_err() && of(None, None).is_err());
        assert!(of(Some(" "), None).is_err());
    }
}
