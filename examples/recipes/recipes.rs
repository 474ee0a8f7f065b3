//! The recipes: which change goes where.

use std::sync::Arc;

use statused::RuleWorkflow;
use statused::model::{Event, EventKind, SinkId};
use statused::monitor::MonitorBuilder;
use statused::sinks::DestinationError;
use statused::sinks::github::GitHub;
use statused::sinks::jira::Jira;
use statused::sinks::launchdarkly::LaunchDarkly;
use statused::sinks::pagerduty::PagerDuty;
use statused::sinks::slack::SlackWebhook;
use statused::workflow::{Route, Workflow};

use crate::tokens;

/// Adds the sinks, and the workflows that feed them. The services are below `origin`; for the real ones, leave out
/// `base_url` and `allow_http`, and write Jira's and Slack's own addresses.
pub(crate) fn add_to(monitor: MonitorBuilder, origin: &str) -> Result<MonitorBuilder, DestinationError> {
    let submit = GitHub::workflow_dispatch("acme/markdown-email", tokens::GITHUB, "submit.yml", "main")
        .input("version", "{{version}}")
        .input("build", "{{build_number}}")
        .base_url(format!("{origin}/github"))
        .allow_http(true)
        .build()?;
    let flag = LaunchDarkly::builder("ios", "new-checkout", "production", tokens::LAUNCHDARKLY)
        .off(["In Review"])
        .on(["Ready for Sale"])
        .base_url(format!("{origin}/launchdarkly"))
        .allow_http(true)
        .build()?;
    let open = "project = APP AND fixVersion = {{version}} AND statusCategory != Done";
    let tasks = Jira::builder(format!("{origin}/jira"), tokens::JIRA_USER, tokens::JIRA, open)
        .transition("Released")
        .allow_http(true)
        .build()?;
    let releases = SlackWebhook::builder(format!("{origin}/slack/services/T0/B0/X")).allow_http(true).build()?;
    let pager =
        PagerDuty::builder(tokens::PAGERDUTY).base_url(format!("{origin}/pagerduty")).allow_http(true).build()?;

    let sale = ["Ready for Sale"];
    let submit_builds = when("Submit builds", EventKind::Build, ["Valid"], "submit");
    let plain_app = when("Plain app for reviewers", EventKind::App, ["In Review", "Ready for Sale"], "flag");
    let release_tasks = when("Release tasks", EventKind::App, sale, "tasks");
    let release_note = ReleaseNote(when("Release note", EventKind::App, sale, "releases"));
    let page = when("Page on rejection", EventKind::App, ["Rejected", "Pending Developer Release"], "pager");

    Ok(monitor
        .sink("submit", Arc::new(submit))
        .sink("flag", Arc::new(flag))
        .sink("tasks", Arc::new(tasks))
        .sink("releases", Arc::new(releases))
        .sink("pager", Arc::new(pager))
        .workflow("submit-builds", Arc::new(submit_builds))
        .workflow("plain-app", Arc::new(plain_app))
        .workflow("release-tasks", Arc::new(release_tasks))
        .workflow("release-note", Arc::new(release_note))
        .workflow("page-on-rejection", Arc::new(page)))
}

/// A recipe: these statuses, of this kind, to this sink.
fn when<const N: usize>(name: &str, kind: EventKind, statuses: [&str; N], sink: &str) -> RuleWorkflow {
    // Builds and what testers see of them concern only the recipe that asks for builds.
    let testflight = kind == EventKind::Build;
    RuleWorkflow::new(name).events([kind]).testflight(testflight).statuses(statuses).sinks([sink])
}

/// A recipe with words of its own: a workflow may change what is said, besides where.
#[derive(Debug)]
struct ReleaseNote(RuleWorkflow);

impl Workflow for ReleaseNote {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sinks(&self) -> Vec<SinkId> {
        Workflow::sinks(&self.0)
    }

    fn enabled(&self) -> bool {
        Workflow::enabled(&self.0)
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        let (app, version) = (event.data.app_name.as_deref(), event.data.version.as_deref());
        let note = format!(
            "{} {} is on the App Store. What is new: https://example.com/releases",
            app.unwrap_or("The app"),
            version.unwrap_or_default()
        );
        self.0.route(event).into_iter().map(|route| route.saying(&note)).collect()
    }
}
