//! JSON:API documents.

use serde::Deserialize;
use serde_json::Value;

use super::resource::Resource;

/// A page of resources.
#[derive(Debug, Deserialize)]
#[serde(from = "RawList")]
pub(crate) struct List {
    pub(crate) data: Vec<Resource>,
    pub(crate) included: Vec<Resource>,
    /// Resources that could not be read.
    pub(crate) broken: usize,
    /// The link to the next page, unchecked.
    pub(crate) next: Option<String>,
    pub(crate) next_cursor: Option<String>,
    /// How many there are on all pages.
    pub(crate) total: Option<usize>,
}

/// One resource and what belongs to it.
#[derive(Debug, Deserialize)]
pub(crate) struct Single {
    pub(crate) data: Resource,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) included: Vec<Resource>,
}

#[derive(Deserialize)]
struct RawList {
    data: Vec<Value>,
    #[serde(default)]
    included: Vec<Value>,
    #[serde(default)]
    links: Links,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Links {
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Meta {
    #[serde(default)]
    pub(super) paging: Paging,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    pub(super) total: Option<usize>,
    pub(super) next_cursor: Option<String>,
}

impl From<RawList> for List {
    fn from(raw: RawList) -> Self {
        let count = raw.data.len();
        let data = readable(raw.data);
        Self {
            broken: count - data.len(),
            data,
            included: readable(raw.included),
            next: raw.links.next,
            next_cursor: raw.meta.paging.next_cursor,
            total: raw.meta.paging.total,
        }
    }
}

fn readable(values: Vec<Value>) -> Vec<Resource> {
    values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()
}

fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Resource>, D::Error> {
    Ok(readable(Vec::deserialize(deserializer)?))
}
