//! Webhooks, routines, templated requests, mail and brokers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use statused::sinks;
use statused::sinks::webhook::ContentType;

use super::super::Secret;
use super::common::{Holds, OneOrMore, given, table};

/// The content types that a webhook can have.
#[derive(Clone, Copy, Debug, Deserialize)]
enum ContentTypeWord {
    #[serde(rename = "application/json")]
    Json,
    #[serde(rename = "application/cloudevents+json")]
    CloudEvents,
}

impl Holds for ContentTypeWord {
    fn find<'a>(&'a self, _: &mut Vec<&'a Secret>) {}
}

table! {
    /// A signed webhook. Of several secrets, while one is being replaced, the newest comes first.
    Webhook {
        url: Secret,
        #[serde(default)]
        secret: OneOrMore,
        content_type: Option<ContentTypeWord>,
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
    }
    |table, at, common| {
        let mut builder = sinks::webhook::Webhook::builder(at.open(&table.url)?);
        for secret in at.open_all(table.secret.iter())? {
            builder = builder.secret(secret);
        }
        for (name, header) in &table.headers {
            builder = builder.header(name, at.open(header)?);
        }
        if let Some(ContentTypeWord::CloudEvents) = table.content_type {
            builder = builder.content_type(ContentType::CloudEvents);
        }
        common.finish(builder)
    }
}

table! {
    /// A Claude Code Routine. Of several tokens, while one is being replaced, the newest comes first.
    ClaudeRoutine {
        url: Secret,
        token: OneOrMore,
        beta: Option<String>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let mut tokens = at.open_all(table.token.iter())?.into_iter();
        let token = tokens.next().ok_or("`token` is empty")?;
        let builder = sinks::claude_routine::ClaudeRoutine::builder(at.open(&table.url)?, token);
        let builder = tokens.fold(builder, |builder, token| builder.token(token));
        let builder = given(builder, table.beta.clone(), |builder, beta| builder.beta(beta));
        common.finish(builder.repeat_ambiguous(table.repeat_ambiguous))
    }
}

table! {
    /// Any other HTTP API. `body` is a template of JSON.
    Http {
        url: Secret,
        method: Option<String>,
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
        body: Option<Secret>,
        #[serde(default)]
        success: Vec<u16>,
        #[serde(default)]
        repeat_ambiguous: bool,
    }
    |table, at, common| {
        let mut builder = sinks::http_request::HttpRequest::builder(at.open(&table.url)?);
        builder = given(builder, table.method.clone(), |builder, method| builder.method(method));
        for (name, header) in &table.headers {
            builder = builder.header(name, at.open(header)?);
        }
        if let Some(body) = &table.body {
            builder = builder.json(at.open(body)?);
        }
        if !table.success.is_empty() {
            builder = builder.success(table.success.clone());
        }
        common.finish(builder.repeat_ambiguous(table.repeat_ambiguous))
    }
}

table! {
    /// Mail. With `allow_http`, plain text to this machine.
    Email {
        smtp: Secret,
        from: String,
        to: OneOrMore<String>,
        user: Option<String>,
        password: Option<Secret>,
    }
    |table, at, common| {
        let mut builder = sinks::email::Email::builder(at.open(&table.smtp)?, table.from.as_str());
        for address in table.to.iter() {
            builder = builder.to(address.as_str());
        }
        match (&table.user, &table.password) {
            (None, None) => {}
            (Some(user), Some(password)) => builder = builder.login(user.as_str(), at.open(password)?),
            _ => return Err("`user` and `password` belong together".to_owned()),
        }
        let builder = given(builder.allow_plaintext(common.allow_http), common.timeout, |b, timeout| b.timeout(timeout));
        let builder = given(builder, common.retry(), |builder, retry| builder.retry(retry));
        Ok(Arc::new(builder.build().map_err(|error| error.to_string())?))
    }
}

table! {
    /// NATS JetStream. With `allow_http`, plain text to this machine.
    Nats { url: Secret, subject: String, stream: Option<String>, credentials: Option<Secret>, }
    |table, at, common| {
        let builder = sinks::nats::Nats::builder(at.open(&table.url)?, table.subject.as_str());
        let builder = given(builder, table.stream.clone(), |builder, stream| builder.stream(stream));
        let credentials = table.credentials.as_ref().map(|credentials| at.open(credentials)).transpose()?;
        let builder = given(builder, credentials, |builder, credentials| builder.credentials(credentials));
        let builder = given(builder.allow_plaintext(common.allow_http), common.timeout, |b, timeout| b.timeout(timeout));
        let builder = given(builder, common.retry(), |builder, retry| builder.retry(retry));
        Ok(Arc::new(builder.build().map_err(|error| error.to_string())?))
    }
}
