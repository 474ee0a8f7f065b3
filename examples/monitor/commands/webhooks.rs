//! `webhooks ensure|list|ping|remove`: what App Store Connect is asked to send here.

use clap::Subcommand;
use serde::Serialize;
use statused::apple::registration::{Ensured, Registration, Wanted, Webhook};

use super::{say, say_json};
use crate::config::{AppleTable, Config, ConfigError, OneOrMore};
use crate::error::Failure;
use crate::parts;

/// What to do with the webhooks of every app that `[source.webhooks]` names.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Webhooks {
    /// Make sure that each app sends here, with the secret of the file: create what is missing, mend what differs.
    Ensure,
    /// Show what is registered, and where it sends.
    List,
    /// Let each send a ping here.
    Ping,
    /// Remove those that send here.
    Remove,
}

#[derive(Debug, Serialize)]
struct Line {
    source: String,
    app: String,
    webhook: Option<String>,
    done: String,
    #[serde(skip)]
    failed: bool,
}

/// One app whose webhooks are to be looked after.
struct Place<'a> {
    registration: Registration,
    app: &'a str,
    /// Where its pushes arrive.
    url: String,
    secret: secrecy::SecretString,
}

/// Does it for every app of every source.
pub(crate) async fn webhooks(config: &Config, what: Webhooks, json: bool) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let apple = config.sources.iter().filter_map(|(id, table)| Some((id, table.apple()?)));
    for (id, table) in apple.filter(|(_, table)| !table.webhooks.is_empty()) {
        for place in places(config, id, table)? {
            for (webhook, done) in place.see_to(what).await {
                let failed = done.is_err();
                let done = done.unwrap_or_else(|error| error);
                lines.push(Line { source: id.clone(), app: place.app.to_owned(), webhook, done, failed });
            }
        }
    }
    if lines.is_empty() {
        let message = "no source has [source.webhooks] with `app id = secret`: nothing can arrive";
        return Err(ConfigError::plain(message).into());
    }
    if json {
        say_json(&lines)?;
    } else {
        for Line { source, app, webhook, done, .. } in &lines {
            say(&format!("{source} {app} {}: {done}", webhook.as_deref().unwrap_or("-")));
        }
    }
    match lines.iter().filter(|line| line.failed).count() {
        0 => Ok(()),
        failed => Err(Failure::Trouble(format!("{failed} of {} could not be done", lines.len()))),
    }
}

fn places<'a>(config: &Config, id: &str, table: &'a AppleTable) -> Result<Vec<Place<'a>>, ConfigError> {
    let Some(public) = config.server.as_ref().and_then(|server| server.public_url.as_deref()) else {
        let message = "[server] has no `public_url`: Apple must be told where it reaches this monitor";
        return Err(ConfigError::plain(message));
    };
    let registration = Registration::new(parts::apple(config, id, table, None)?.client().clone());
    let place = |(app, secrets): (&'a String, &OneOrMore)| {
        // The newest secret is the one that Apple is given.
        let secrets = parts::values(config, secrets).map_err(ConfigError::plain)?;
        let secret = secrets.into_iter().next();
        let secret = secret.ok_or_else(|| ConfigError::plain(format!("source {id:?}: app {app} has no secret")))?;
        let url = format!("{public}/sources/{id}/webhook/{app}");
        Ok(Place { registration: registration.clone(), app, url, secret })
    };
    table.webhooks.iter().map(place).collect()
}

type Done = (Option<String>, Result<String, String>);

impl Place<'_> {
    async fn see_to(&self, what: Webhooks) -> Vec<Done> {
        match what {
            Webhooks::Ensure => vec![self.ensure().await],
            Webhooks::List => match self.registration.list(self.app).await {
                Ok(found) if found.is_empty() => vec![(None, Ok("none is registered".to_owned()))],
                Ok(found) => found.into_iter().map(|webhook| self.show(webhook)).collect(),
                Err(error) => vec![(None, Err(error.to_string()))],
            },
            Webhooks::Ping | Webhooks::Remove => self.each_that_sends_here(what).await,
        }
    }

    async fn ensure(&self) -> Done {
        let wanted = Wanted::new(self.url.as_str(), self.secret.clone());
        match self.registration.ensure(self.app, &wanted).await {
            Ok(ensured) => {
                let done = match &ensured {
                    Ensured::Created(_) => "created",
                    Ensured::Updated(_) => "mended",
                    _ => "as it should be; its secret was set again",
                };
                (Some(ensured.id().to_owned()), Ok(format!("{done}, sends to {}", self.url)))
            }
            Err(error) => (None, Err(error.to_string())),
        }
    }

    fn show(&self, webhook: Webhook) -> Done {
        let here = if webhook.url == self.url { "here" } else { "elsewhere" };
        let on = if webhook.enabled { "enabled" } else { "switched off" };
        let types = webhook.event_types.len();
        (Some(webhook.id), Ok(format!("{:?}, {on}, sends {types} types of event {here}", webhook.name)))
    }

    async fn each_that_sends_here(&self, what: Webhooks) -> Vec<Done> {
        let found = match self.registration.list(self.app).await {
            Ok(found) => found,
            Err(error) => return vec![(None, Err(error.to_string()))],
        };
        let mut done = Vec::new();
        for webhook in found.into_iter().filter(|webhook| webhook.url == self.url) {
            let (result, word) = match what {
                Webhooks::Ping => (self.registration.ping(&webhook.id).await, "pinged; `health` shows when it arrives"),
                _ => (self.registration.delete(&webhook.id).await, "removed"),
            };
            done.push((Some(webhook.id), result.map(|()| word.to_owned()).map_err(|error| error.to_string())));
        }
        if done.is_empty() {
            let nothing = "none sends here".to_owned();
            done.push((None, if matches!(what, Webhooks::Ping) { Err(nothing) } else { Ok(nothing) }));
        }
        done
    }
}
