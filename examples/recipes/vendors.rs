//! How the services answer, as far as the sinks ask them.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::tokens;

const DISPATCH: &str = "repos/acme/markdown-email/actions/workflows/submit.yml/dispatches";
const FLAG: &str = "api/v2/flags/ios/new-checkout";

/// A request.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) place: &'a str,
    pub(crate) path: &'a str,
    pub(crate) authorization: &'a str,
    pub(crate) body: Value,
}

/// The answer to it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
    /// What a person at the terminal wants to know of the call.
    pub(crate) telling: String,
}

impl Reply {
    fn new(status: StatusCode, body: impl Into<String>, telling: impl Into<String>) -> Self {
        Self { status, body: body.into(), telling: telling.into() }
    }
}

/// What the services remember.
#[derive(Debug)]
pub(crate) struct Vendors {
    flag_is_on: bool,
    /// The version and the status of each issue.
    issues: BTreeMap<&'static str, (&'static str, &'static str)>,
    /// Alerts that are open, by their `dedup_key`.
    alerts: BTreeSet<String>,
}

impl Default for Vendors {
    fn default() -> Self {
        let issues =
            [("APP-7", ("1.3.0", "In QA")), ("APP-9", ("1.3.0", "In QA")), ("APP-12", ("1.4.0", "In Progress"))];
        Self { flag_is_on: true, issues: issues.into(), alerts: BTreeSet::new() }
    }
}

impl Vendors {
    pub(crate) fn answer(&mut self, asked: &Question<'_>) -> Reply {
        if !tokens::are_in(asked) {
            return Reply::new(StatusCode::UNAUTHORIZED, "", "whose token is that?");
        }
        match (asked.place, asked.method) {
            ("github", "POST") if asked.path == DISPATCH => {
                Reply::new(StatusCode::NO_CONTENT, "", format!("{} {}", text(&asked.body["ref"]), asked.body["inputs"]))
            }
            ("launchdarkly", _) => self.launchdarkly(asked),
            ("jira", _) => self.jira(asked),
            ("slack", "POST") if asked.path == "services/T0/B0/X" => {
                Reply::new(StatusCode::OK, "ok", text(&asked.body["text"]))
            }
            ("pagerduty", "POST") if asked.path == "v2/enqueue" => self.pagerduty(&asked.body),
            _ => Reply::new(StatusCode::NOT_FOUND, "", "there is no such thing"),
        }
    }

    fn launchdarkly(&mut self, asked: &Question<'_>) -> Reply {
        let patch = (&asked.body["environmentKey"], text(&asked.body["instructions"][0]["kind"]));
        let telling = match (asked.method, asked.path.strip_prefix(FLAG), patch) {
            ("GET", Some("?env=production"), _) if self.flag_is_on => "it is on",
            ("GET", Some("?env=production"), _) => "it is off",
            ("PATCH", Some(""), (environment, kind @ ("turnFlagOn" | "turnFlagOff")))
                if environment == "production" =>
            {
                self.flag_is_on = kind == "turnFlagOn";
                kind
            }
            _ => return Reply::new(StatusCode::NOT_FOUND, "", "there is no such flag"),
        };
        let shown = json!({ "environments": { "production": { "on": self.flag_is_on } } });
        Reply::new(StatusCode::OK, shown.to_string(), telling)
    }

    fn jira(&mut self, asked: &Question<'_>) -> Reply {
        if (asked.method, asked.path) == ("POST", "rest/api/3/search/jql") {
            let jql = text(&asked.body["jql"]);
            let asked_for = |version| jql.contains(&format!("\"{version}\""));
            let found = self.issues.iter().filter(|(_, (version, status))| asked_for(version) && *status != "Released");
            let shown =
                found.map(|(key, (_, status))| json!({ "key": key, "fields": { "status": { "name": status } } }));
            let page = json!({ "issues": shown.collect::<Vec<_>>(), "isLast": true });
            return Reply::new(StatusCode::OK, page.to_string(), jql);
        }
        let key = asked.path.strip_prefix("rest/api/3/issue/").and_then(|path| path.strip_suffix("/transitions"));
        let issue = key.and_then(|key| Some((key, self.issues.get_mut(key)?)));
        match (asked.method, issue) {
            ("GET", Some((key, (_, status)))) => {
                let ways = json!({ "transitions": [{ "id": "31", "name": "Ship it", "to": { "name": "Released" } }] });
                Reply::new(StatusCode::OK, ways.to_string(), format!("{key} is {status}"))
            }
            ("POST", Some((key, (_, status)))) if asked.body["transition"]["id"] == "31" => {
                *status = "Released";
                Reply::new(StatusCode::NO_CONTENT, "", format!("{key} to {status}"))
            }
            _ => Reply::new(StatusCode::NOT_FOUND, "", "there is no such issue, or no such way"),
        }
    }

    /// A second trigger joins the alert that is open; a resolve without one is dropped.
    fn pagerduty(&mut self, body: &Value) -> Reply {
        let key = text(&body["dedup_key"]);
        let telling = match text(&body["event_action"]) {
            "trigger" if self.alerts.insert(key.to_owned()) => format!("trigger {}", text(&body["payload"]["summary"])),
            "resolve" if self.alerts.remove(key) => "resolve the open alert".to_owned(),
            action => format!("{action} nothing new"),
        };
        let taken = json!({ "status": "success", "dedup_key": key });
        Reply::new(StatusCode::ACCEPTED, taken.to_string(), telling)
    }

    /// What is not as the release should leave it.
    pub(crate) fn left_undone(&self) -> Vec<String> {
        let unlike = |(_, (version, status)): &(_, &(&str, &str))| (*version == "1.3.0") != (*status == "Released");
        let issues = self.issues.iter().filter(unlike).map(|(key, (_, status))| format!("{key} is {status}"));
        let alerts = self.alerts.iter().map(|key| format!("the alert {key} is open"));
        let flag = (!self.flag_is_on).then(|| "the flag is off".to_owned());
        issues.chain(alerts).chain(flag).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
