//! Resources, their attributes, and what they are linked to.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike as _, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use statused_core::model::Problem;

use super::document::Meta;

/// A resource of any type.
#[derive(Debug, Deserialize)]
pub(crate) struct Resource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
    #[serde(default)]
    attributes: Map<String, Value>,
    #[serde(default)]
    relationships: BTreeMap<String, Relationship>,
}

#[derive(Debug, Deserialize)]
struct Relationship {
    #[serde(default)]
    data: Option<Linkage>,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Linkage {
    One(Identifier),
    Many(Vec<Identifier>),
}

#[derive(Debug, Deserialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

impl Resource {
    /// An attribute's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str()
    }

    /// The texts of an attribute that is a list.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.attributes.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// An attribute that is an object.
    pub(crate) fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.attributes.get(name)?.as_object()
    }

    /// What is wrong, by an attribute that lists errors.
    pub(crate) fn problems(&self, name: &str) -> Vec<Problem> {
        let errors = self.object(name).and_then(|object| object.get("errors")?.as_array());
        let text = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let errors = errors.into_iter().flatten();
        errors.map(|error| Problem::new(text(error, "code"), text(error, "description"))).collect()
    }

    /// An attribute's whole number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.attributes.get(name)?.as_i64()
    }

    /// Whether an attribute is true.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.attributes.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// An attribute's moment.
    pub(crate) fn date(&self, name: &str) -> Option<DateTime<Utc>> {
        let text = self.text(name)?;
        // The second form has no colon in its offset; older parts of the API write it.
        let parsed =
            DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
        // A year of more than four digits is past what can be reckoned with.
        parsed.ok().map(|date| date.to_utc()).filter(|date| (0..=9999).contains(&date.year()))
    }

    /// The address of an image asset, 512 points wide, as PNG.
    pub(crate) fn image(&self, name: &str) -> Option<String> {
        let template = self.attributes.get(name)?.get("templateUrl")?.as_str()?;
        Some(template.replace("{w}", "512").replace("{h}", "512").replace("{f}", "png"))
    }

    /// The id of the one resource that a relationship names.
    pub(crate) fn linked_id(&self, name: &str) -> Option<&str> {
        match self.relationships.get(name)?.data.as_ref()? {
            Linkage::One(one) => Some(&one.id),
            Linkage::Many(_) => None,
        }
    }

    /// The ids of a to-many relationship, and how many there are in truth. `None` if the answer does not say.
    pub(crate) fn linked_ids(&self, name: &str) -> Option<(Vec<&str>, usize)> {
        let relationship = self.relationships.get(name)?;
        let Some(Linkage::Many(many)) = &relationship.data else { return None };
        let ids: Vec<_> = many.iter().map(|one| one.id.as_str()).collect();
        let total = relationship.meta.as_ref().and_then(|meta| meta.paging.total).unwrap_or(ids.len());
        Some((ids, total))
    }

    /// The one resource that a relationship names.
    pub(crate) fn linked<'a>(&self, name: &str, included: &Included<'a>) -> Linked<'a> {
        match self.relationships.get(name).and_then(|relationship| relationship.data.as_ref()) {
            Some(Linkage::One(one)) => included.get(&one.kind, &one.id).map_or(Linked::Missing, Linked::Found),
            _ => Linked::Nothing,
        }
    }
}

/// What a relationship leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Linked<'a> {
    /// It names nothing.
    Nothing,
    /// It names a resource that the answer should include and does not: no statement at all.
    Missing,
    /// The resource.
    Found(&'a Resource),
}

impl<'a> Linked<'a> {
    pub(crate) fn found(self) -> Option<&'a Resource> {
        match self {
            Self::Found(resource) => Some(resource),
            _ => None,
        }
    }
}

/// The included resources of an answer, by type and id.
#[derive(Debug)]
pub(crate) struct Included<'a>(HashMap<(&'a str, &'a str), &'a Resource>);

impl<'a> Included<'a> {
    pub(crate) fn new(resources: &'a [Resource]) -> Self {
        Self(resources.iter().map(|resource| ((resource.kind.as_str(), resource.id.as_str()), resource)).collect())
    }

    pub(crate) fn get(&self, kind: &str, id: &str) -> Option<&'a Resource> {
        self.0.get(&(kind, id)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_forms_and_have_years_of_four_digits() {
        let date = |text: &str| {
            let resource = serde_json::json!({"type": "builds", "id": "b1", "attributes": {"uploadedDate": text}});
            serde_json::from_value::<Resource>(resource).unwrap().date("uploadedDate")
        };
        let noon = date("2026-11-03T12:00:00Z");
        assert!(noon.is_some());
        assert_eq!((date("2026-11-03T04:00:00-08:00"), date("2026-11-03T04:00:00.000-0800")), (noon, noon));
        for bad in ["+262142-12-31T23:59:59+0000", "-262143-01-01T00:00:00+0000", "2026-11-03", ""] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
