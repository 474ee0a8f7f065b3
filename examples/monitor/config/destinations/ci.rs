//! CI systems: a repeat starts a second run, so what may have arrived is left to a person, unless `repeat_ambiguous` says
//! otherwise.

use std::collections::BTreeMap;

use statused::sinks;

use super::super::Secret;
use super::common::{each, given, table};

table! {
    /// GitHub Actions: `event_type` for a repository_dispatch, or `workflow` and `ref` for a workflow_dispatch.
    GitHub {
        repo: String,
        token: Secret,
        event_type: Option<String>,
        workflow: Option<String>,
        r#ref: Option<String>,
        #[serde(default)]
        inputs: BTreeMap<String, String>,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let token = at.open(&table.token)?;
        let builder = match (&table.event_type, &table.workflow, &table.r#ref) {
            (Some(kind), None, None) if table.inputs.is_empty() => {
                sinks::github::GitHub::repository_dispatch(table.repo.as_str(), token, kind.as_str())
            }
            (None, Some(workflow), Some(git_ref)) => {
                sinks::github::GitHub::workflow_dispatch(table.repo.as_str(), token, workflow.as_str(), git_ref.as_str())
            }
            _ => return Err("say either `event_type`, or `workflow` and `ref` (and `inputs`)".to_owned()),
        };
        let builder = each(builder, &table.inputs, |builder, name, value| builder.input(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}

table! {
    /// GitLab: a trigger with variables, or with the whole event as its payload.
    GitLab {
        project: String,
        r#ref: String,
        token: Secret,
        #[serde(default)]
        variables: BTreeMap<String, String>,
        #[serde(default)]
        event_as_payload: bool,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let begin = if table.event_as_payload { sinks::gitlab::GitLab::webhook } else { sinks::gitlab::GitLab::trigger };
        let builder = begin(table.project.clone(), table.r#ref.clone(), at.open(&table.token)?);
        let builder = each(builder, &table.variables, |builder, name, value| builder.variable(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}

table! {
    /// Jenkins, by its Generic Webhook Trigger.
    Jenkins { url: Secret, token: Secret, #[serde(default)] repeat_ambiguous: bool, }
    |table, at, common| {
        let builder = sinks::jenkins::Jenkins::builder(at.open(&table.url)?, at.open(&table.token)?);
        common.finish(builder.repeat_ambiguous(table.repeat_ambiguous))
    }
}

table! {
    /// CircleCI.
    CircleCi {
        project: String,
        definition_id: String,
        token: Secret,
        branch: Option<String>,
        tag: Option<String>,
        #[serde(default)]
        parameters: BTreeMap<String, String>,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let (project, definition) = (table.project.as_str(), table.definition_id.as_str());
        let builder = sinks::circleci::CircleCi::builder(project, definition, at.open(&table.token)?);
        let builder = given(builder, table.branch.clone(), |builder, branch| builder.branch(branch));
        let builder = given(builder, table.tag.clone(), |builder, tag| builder.tag(tag));
        let builder = each(builder, &table.parameters, |builder, name, value| builder.parameter(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}

table! {
    /// Bitrise.
    Bitrise {
        app: String,
        workflow: String,
        branch: Option<String>,
        token: Secret,
        #[serde(default)]
        variables: BTreeMap<String, String>,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let (app, workflow) = (table.app.as_str(), table.workflow.as_str());
        let builder = sinks::bitrise::Bitrise::builder(app, workflow, at.open(&table.token)?);
        let builder = given(builder, table.branch.clone(), |builder, branch| builder.branch(branch));
        let builder = each(builder, &table.variables, |builder, name, value| builder.variable(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}

table! {
    /// Azure DevOps, by an incoming webhook.
    AzureDevOps {
        url: Secret,
        secret: Option<Secret>,
        header: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let builder = sinks::azure_devops::AzureDevOps::builder(at.open(&table.url)?);
        let secret = table.secret.as_ref().map(|secret| at.open(secret)).transpose()?;
        let builder = given(builder, secret, |builder, secret| builder.secret(secret));
        let builder = given(builder, table.header.clone(), |builder, header| builder.header(header));
        common.finish(builder.repeat_ambiguous(table.repeat_ambiguous))
    }
}

table! {
    /// Codemagic.
    Codemagic {
        app: String,
        workflow: String,
        token: Secret,
        branch: Option<String>,
        tag: Option<String>,
        #[serde(default)]
        labels: Vec<String>,
        #[serde(default)]
        variables: BTreeMap<String, String>,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let (app, workflow) = (table.app.as_str(), table.workflow.as_str());
        let builder = sinks::codemagic::Codemagic::builder(app, workflow, at.open(&table.token)?);
        let builder = given(builder, table.branch.clone(), |builder, branch| builder.branch(branch));
        let builder = given(builder, table.tag.clone(), |builder, tag| builder.tag(tag));
        let builder = table.labels.iter().fold(builder, |builder, label| builder.label(label.as_str()));
        let builder = each(builder, &table.variables, |builder, name, value| builder.variable(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}

table! {
    /// Bitbucket Cloud.
    Bitbucket {
        repo: String,
        branch: String,
        token: Secret,
        user: Option<String>,
        custom: Option<String>,
        #[serde(default)]
        variables: BTreeMap<String, String>,
        base_url: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let (repo, branch) = (table.repo.as_str(), table.branch.as_str());
        let builder = sinks::bitbucket::Bitbucket::builder(repo, branch, at.open(&table.token)?);
        let builder = given(builder, table.user.clone(), |builder, user| builder.user(user));
        let builder = given(builder, table.custom.clone(), |builder, custom| builder.custom(custom));
        let builder = each(builder, &table.variables, |builder, name, value| builder.variable(name, value));
        common.finish_work(builder, table.base_url.as_deref(), table.repeat_ambiguous)
    }
}
