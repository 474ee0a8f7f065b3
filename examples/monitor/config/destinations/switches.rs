//! What statuses switch: alerts, flags, the state of tasks.

use statused::sinks;

use super::super::Secret;
use super::common::{given, table};

table! {
    /// PagerDuty.
    PagerDuty {
        routing_key: Secret,
        trigger: Option<Vec<String>>,
        resolve: Option<Vec<String>>,
        base_url: Option<String>,
    }
    |table, at, common| {
        let builder = sinks::pagerduty::PagerDuty::builder(at.open(&table.routing_key)?);
        let builder = given(builder, table.trigger.clone(), |builder, statuses| builder.trigger(statuses));
        let builder = given(builder, table.resolve.clone(), |builder, statuses| builder.resolve(statuses));
        common.finish_at(builder, table.base_url.as_deref())
    }
}

table! {
    /// LaunchDarkly.
    LaunchDarkly {
        project: String,
        flag: String,
        environment: String,
        token: Secret,
        #[serde(default)]
        on: Vec<String>,
        #[serde(default)]
        off: Vec<String>,
        base_url: Option<String>,
    }
    |table, at, common| {
        let (project, flag, environment) = (table.project.as_str(), table.flag.as_str(), table.environment.as_str());
        let token = at.open(&table.token)?;
        let builder = sinks::launchdarkly::LaunchDarkly::builder(project, flag, environment, token);
        let builder = builder.on(table.on.clone()).off(table.off.clone());
        common.finish_at(builder, table.base_url.as_deref())
    }
}

table! {
    /// Unleash, which everybody runs somewhere else.
    Unleash {
        base_url: Secret,
        project: String,
        flag: String,
        environment: String,
        token: Secret,
        #[serde(default)]
        on: Vec<String>,
        #[serde(default)]
        off: Vec<String>,
    }
    |table, at, common| {
        let (project, flag, environment) = (table.project.as_str(), table.flag.as_str(), table.environment.as_str());
        let (url, token) = (at.open(&table.base_url)?, at.open(&table.token)?);
        let builder = sinks::unleash::Unleash::builder(url, project, flag, environment, token);
        common.finish(builder.on(table.on.clone()).off(table.off.clone()))
    }
}

table! {
    /// Flagsmith; `environment` is the environment's key.
    Flagsmith {
        environment: Secret,
        flag: String,
        token: Secret,
        #[serde(default)]
        on: Vec<String>,
        #[serde(default)]
        off: Vec<String>,
        base_url: Option<String>,
    }
    |table, at, common| {
        let (environment, token) = (at.open(&table.environment)?, at.open(&table.token)?);
        let builder = sinks::flagsmith::Flagsmith::builder(environment, table.flag.as_str(), token);
        let builder = builder.on(table.on.clone()).off(table.off.clone());
        common.finish_at(builder, table.base_url.as_deref())
    }
}

table! {
    /// Jira Cloud.
    Jira {
        base_url: Secret,
        user: String,
        token: Secret,
        jql: String,
        transition: Option<String>,
        fix_version: Option<String>,
    }
    |table, at, common| {
        let (url, token) = (at.open(&table.base_url)?, at.open(&table.token)?);
        let builder = sinks::jira::Jira::builder(url, table.user.as_str(), token, table.jql.as_str());
        let builder = given(builder, table.transition.clone(), |builder, status| builder.transition(status));
        common.finish(given(builder, table.fix_version.clone(), |builder, version| builder.fix_version(version)))
    }
}
