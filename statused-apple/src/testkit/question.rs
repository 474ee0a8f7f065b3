//! What a request asks for, checked as strictly as Apple checks it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Endpoint, spec};

/// The most that a list returns at once, and the most that is nested in it.
const LONGEST: usize = 200;
const MOST_NESTED: usize = 50;
const SINCE: &str = "filter[createdDateGreaterThanOrEqualTo]";
const FARTHEST: TimeDelta = TimeDelta::days(10);

/// A request's parameters.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) include: Vec<String>,
    pub(super) fields: BTreeMap<String, Vec<String>>,
    filters: BTreeMap<String, Vec<String>>,
    pub(super) limit: usize,
    pub(super) nested: usize,
    pub(super) newest_first: bool,
    pub(super) cursor: usize,
    pub(super) since: Option<DateTime<Utc>>,
}

/// A request that Apple would not answer: code and detail.
pub(super) type Refusal = (&'static str, String);

impl Question {
    pub(super) fn read(endpoint: Endpoint, pairs: &[(String, String)], now: DateTime<Utc>) -> Result<Self, Refusal> {
        let mut question = Self { limit: 50, nested: 10, ..Self::default() };
        for (name, value) in pairs {
            question.take(endpoint, name, value)?;
        }
        if endpoint == Endpoint::Reviews && !question.filters.contains_key("app") {
            return Err(("PARAMETER_ERROR.REQUIRED", "The parameter 'filter[app]' is required".to_owned()));
        }
        // What the live API wants, though its document does not say so.
        if endpoint == Endpoint::Deliveries && question.since.is_none_or(|since| since < now - FARTHEST) {
            let detail = format!("The parameter '{SINCE}' is required and must be within 10 days");
            return Err(("PARAMETER_ERROR.REQUIRED", detail));
        }
        Ok(question)
    }

    /// Whether a filter lets a value through.
    pub(super) fn admits(&self, filter: &str, value: &str) -> bool {
        self.filters.get(filter).is_none_or(|allowed| allowed.iter().any(|one| one == value))
    }

    fn take(&mut self, endpoint: Endpoint, name: &str, value: &str) -> Result<(), Refusal> {
        let illegal =
            || ("PARAMETER_ERROR.ILLEGAL", format!("The parameter '{name}' can not be used with this request"));
        let list: Vec<String> = value.split(',').map(str::to_owned).collect();
        let known = |allowed: &str| {
            let unknown = list.iter().find(|one| !allowed.split(',').any(|known| known == *one));
            unknown.map_or(Ok(()), |one| {
                Err(("PARAMETER_ERROR.INVALID", format!("'{one}' is not a valid value for '{name}'")))
            })
        };
        let number = |most: usize| match value.parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(("PARAMETER_ERROR.INVALID", format!("'{value}' is not a valid value for '{name}'"))),
        };
        let lists = endpoint.is_list();
        let part = |prefix: &str| name.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']');
        match name {
            "include" => {
                known(spec::includes(endpoint))?;
                self.include = list;
            }
            "limit" if lists => self.limit = number(LONGEST)?,
            "limit[appStoreVersions]" if endpoint == Endpoint::Apps => self.nested = number(MOST_NESTED)?,
            "sort" if endpoint == Endpoint::Builds && value == "-uploadedDate" => self.newest_first = true,
            "cursor" if lists => {
                let place = value.strip_prefix('c').and_then(|place| place.parse().ok());
                self.cursor = place.ok_or(("PARAMETER_ERROR.INVALID", "The cursor is not valid".to_owned()))?;
            }
            SINCE if endpoint == Endpoint::Deliveries => {
                let since = DateTime::parse_from_rfc3339(value).map_err(|_| illegal())?;
                self.since = Some(since.to_utc());
            }
            _ if part("fields").is_some() => {
                let kind = part("fields").unwrap_or_default();
                known(spec::fields(kind).ok_or_else(illegal)?)?;
                self.fields.insert(kind.to_owned(), list);
            }
            _ => {
                let filter = part("filter").unwrap_or_default();
                let found = spec::filters(endpoint).iter().find(|(known, _)| *known == filter);
                let (_, values) = found.ok_or_else(illegal)?;
                if !values.is_empty() {
                    known(&values.join(","))?;
                }
                self.filters.insert(filter.to_owned(), list);
            }
        }
        Ok(())
    }
}
