//! Issues of Jira Cloud.
//!
//! # The requests
//!
//! A search by JQL finds the issues that an event is about, and each of them gets what it lacks:
//!
//! * the [transition](JiraBuilder::transition) to a status, unless it has that status;
//! * the [fix version](JiraBuilder::fix_version), unless it has that one.
//!
//! So a repeat is harmless, and a delivery that was cut short goes on where it ended. An issue that has no way to the
//! status, or refuses, or is gone by then, is passed over; the outcome says how many were. A delivery looks at no more
//! than 500 issues; where there are hundreds, give it a longer [`timeout`](JiraBuilder::timeout).
//!
//! The JQL is a template. What takes a placeholder's place is a string of JQL with its own quotes, so that no version
//! and no name can change the question:
//!
//! ```text
//! project = APP AND fixVersion = {{version}} AND statusCategory != Done
//! ```
//!
//! An event without a value that a template asks for (an agreement has no version) sends nothing, and neither does a
//! welcome. A test asks Jira whose token it is and changes nothing.
//!
//! # The answer
//!
//! | answer | outcome |
//! | --- | --- |
//! | 2xx to the search and to every change | delivered |
//! | 401, 403, 404 to the search; 401, 403 to a change | dead |
//! | 400, 404, 409 to a change | that issue is passed over |
//! | anything else, a 400 to the search (Jira does not know the version) and redirects too | retry, not before `Retry-After` if there is one |

mod jql;
mod wire;

use std::time::Instant;

use async_trait::async_trait;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use statused_core::model::{EventKind, Notification};
use statused_core::sink::SinkProfile;
use statused_core::{Outcome, Sink};

use crate::error::DestinationError;
use crate::http::{Answer, Answers, Builder, Destination, Endpoint, HttpOptions, Request};
use crate::template::Template;
use crate::text::{Limit, fit, line};
use wire::{Issue, Page, Transition, Transitions};

const SEARCH: Answers = Answers::dead_on(&[401, 403, 404]);
const CHANGE: Answers = Answers::dead_on(&[401, 403]);

/// How many issues one page of a search has, and how many pages are read.
const PAGE: usize = 50;
const PAGES: usize = 10;

/// The longest name of a version.
const VERSION_NAME: Limit = Limit::Utf16(255);

/// Moves issues of Jira. See the [module](self) for the requests and what is made of the answers.
#[derive(Debug)]
pub struct Jira {
    endpoint: Endpoint,
    jql: Template,
    transition: Option<String>,
    fix_version: Option<Template>,
}

/// Describes a [`Jira`].
pub type JiraBuilder = Builder<Jira>;

#[doc(hidden)]
#[derive(Debug)]
pub struct Parts {
    url: SecretString,
    user: String,
    token: SecretString,
    jql: String,
    transition: Option<String>,
    fix_version: Option<String>,
}

impl Jira {
    /// Begins to describe the issues that a JQL template finds on a site (`https://acme.atlassian.net`), with a user's
    /// address and API token.
    pub fn builder(
        url: impl Into<SecretString>,
        user: impl Into<String>,
        token: impl Into<SecretString>,
        jql: impl Into<String>,
    ) -> JiraBuilder {
        let (url, user, token, jql) = (url.into(), user.into(), token.into(), jql.into());
        Builder::new(Parts { url, user, token, jql, transition: None, fix_version: None })
    }
}

impl Builder<Jira> {
    /// Moves the issues to a status, by its name (`Released`), whatever the case of its letters.
    pub fn transition(mut self, status: impl Into<String>) -> Self {
        self.parts.transition = Some(status.into());
        self
    }

    /// Adds a fix version to the issues, by a template of its name (`iOS {{version}}`). The version must exist.
    pub fn fix_version(mut self, template: impl Into<String>) -> Self {
        self.parts.fix_version = Some(template.into());
        self
    }
}

impl Destination for Jira {
    type Parts = Parts;

    fn assemble(parts: Parts, http: HttpOptions) -> Result<Self, DestinationError> {
        let jql = Template::parse(&parts.jql)?;
        if parts.jql.trim().is_empty() {
            return Err(DestinationError::invalid("the JQL", "is empty"));
        }
        if jql.before_values().any(|before| jql::ends_within_quotes(&before)) {
            return Err(DestinationError::invalid("the JQL", "has a placeholder in quotes, which brings its own"));
        }
        let transition = parts.transition.filter(|status| !status.trim().is_empty());
        let fix_version = parts.fix_version.as_deref().map(Template::parse).transpose()?;
        if transition.is_none() && fix_version.is_none() {
            return Err(DestinationError::invalid("the transition and the fix version", "are both missing"));
        }
        let endpoint = http.endpoint(&parts.url)?.basic(&parts.user, &parts.token)?;
        Ok(Self { endpoint, jql, transition, fix_version })
    }
}

/// What became of the issues.
#[derive(Default)]
struct Tally {
    changed: usize,
    as_wanted: usize,
    passed_over: usize,
}

/// What became of one change.
enum Change {
    Done,
    PassedOver,
}

impl Jira {
    async fn call(&self, request: Request, deadline: Instant, answers: &Answers) -> Result<Answer, Outcome> {
        let answer = self.endpoint.call(request, deadline).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(answers.judge(answer)) }
    }

    /// The issues that the event is about. A look changes nothing, so that its failure is no doubt.
    async fn find(&self, jql: &str, deadline: Instant) -> Result<Vec<Issue>, Outcome> {
        let (mut issues, mut next) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let mut query = json!({ "jql": jql, "fields": ["status", "fixVersions"], "maxResults": PAGE });
            if let Some(token) = next.take() {
                query["nextPageToken"] = token.into();
            }
            let search = Request::post().at(["rest", "api", "3", "search", "jql"]).json(&query).reading_a_document();
            let answer = self.call(search, deadline, &SEARCH).await.map_err(certain)?;
            let Some(page) = answer.json::<Page>() else { return Err(answer.into_retry()) };
            issues.extend(page.issues);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(issues)
    }

    async fn change(&self, request: Request, deadline: Instant) -> Result<Change, Outcome> {
        let answer = self.endpoint.call(request, deadline).await?;
        match answer.status.as_u16() {
            200..=299 => Ok(Change::Done),
            400 | 404 | 409 => {
                tracing::debug!(destination = %self.endpoint.address(), answer = answer.summary, "issue passed over");
                Ok(Change::PassedOver)
            }
            _ => Err(CHANGE.judge(answer)),
        }
    }

    /// Moves an issue to a status, if there is a way.
    async fn move_to(&self, issue: &Issue, status: &str, deadline: Instant) -> Result<Change, Outcome> {
        let path = ["rest", "api", "3", "issue", &issue.key, "transitions"];
        let answer = self.endpoint.call(Request::get().at(path), deadline).await.map_err(certain)?;
        if answer.status.as_u16() == 404 {
            return Ok(Change::PassedOver);
        }
        if !answer.status.is_success() {
            return Err(CHANGE.judge(answer));
        }
        let Some(Transitions { transitions }) = answer.json() else { return Err(answer.into_retry()) };
        match transitions.into_iter().find(|transition| same(&transition.to.name, status)) {
            Some(Transition { id, .. }) => {
                let request = Request::post().at(path).json(&json!({ "transition": { "id": id } }));
                self.change(request, deadline).await
            }
            None => Ok(Change::PassedOver),
        }
    }

    async fn add_version(&self, issue: &Issue, version: &str, deadline: Instant) -> Result<Change, Outcome> {
        let update: Value = json!({ "update": { "fixVersions": [{ "add": { "name": version } }] } });
        let request = Request::new(Method::PUT).at(["rest", "api", "3", "issue", &issue.key]).json(&update);
        self.change(request, deadline).await
    }

    /// Gives an issue what it lacks.
    async fn settle(&self, issue: &Issue, version: Option<&str>, deadline: Instant) -> Result<Option<Change>, Outcome> {
        let mut change = None;
        // The version first: some workflows close an issue for changes when it is done.
        if let Some(version) = version
            && !issue.fields.fix_versions.iter().any(|has| same(&has.name, version))
        {
            change = Some(self.add_version(issue, version, deadline).await?);
        }
        if let Some(status) = &self.transition
            && !issue.fields.status.as_ref().is_some_and(|is| same(&is.name, status))
        {
            let moved = self.move_to(issue, status, deadline).await?;
            change = match change {
                Some(Change::PassedOver) => change,
                _ => Some(moved),
            };
        }
        Ok(change)
    }

    async fn settle_all(&self, jql: &str, version: Option<&str>) -> Result<Tally, Outcome> {
        let deadline = self.endpoint.deadline();
        let mut tally = Tally::default();
        for issue in self.find(jql, deadline).await? {
            match self.settle(&issue, version, deadline).await? {
                Some(Change::Done) => tally.changed += 1,
                Some(Change::PassedOver) => tally.passed_over += 1,
                None => tally.as_wanted += 1,
            }
        }
        Ok(tally)
    }

    /// Asks whose token it is.
    async fn look(&self) -> Outcome {
        let request = Request::new(Method::GET).at(["rest", "api", "3", "myself"]);
        match self.call(request, self.endpoint.deadline(), &SEARCH).await {
            Ok(answer) => answer.into_delivered().with_detail("the token is good; a test changes nothing"),
            Err(outcome) => certain(outcome),
        }
    }
}

/// Jira does not tell names apart by the case of their letters.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// The outcome of a request that has changed nothing.
fn certain(outcome: Outcome) -> Outcome {
    if outcome.status.is_none() { Outcome::retry(outcome.detail) } else { outcome }
}

#[async_trait]
impl Sink for Jira {
    /// One at a time, since several events may be about the same issues.
    fn profile(&self) -> SinkProfile {
        self.endpoint.profile().with_concurrency(1)
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let nothing = |why: &str| Outcome::delivered().with_detail(format!("{why}; nothing was sent"));
        match notification.event.kind {
            EventKind::Welcome => return nothing("a welcome is about no issue"),
            EventKind::Explained => return nothing("an explanation changes no issue"),
            EventKind::Test => return self.look().await,
            _ => {}
        }
        if self.jql.lacks(notification) || self.fix_version.as_ref().is_some_and(|name| name.lacks(notification)) {
            return nothing("the event lacks a value that is asked for");
        }
        let jql = self.jql.render(notification, jql::string);
        let version = self.fix_version.as_ref();
        let version = version.map(|name| fit(&name.render(notification, str::to_owned), VERSION_NAME, line));
        match self.settle_all(&jql, version.as_deref()).await {
            Ok(Tally { changed, as_wanted, passed_over }) => Outcome::delivered().with_status(200).with_detail(
                format!("{changed} issues changed, {as_wanted} as they should be, {passed_over} passed over"),
            ),
            Err(outcome) => outcome,
        }
    }
}
