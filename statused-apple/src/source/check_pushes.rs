//! The part of the self-check that is about pushes. None of it is an error: polls go on without them.

use statused_core::source::CheckLine;

use super::AppStoreConnect;
use super::pace::Pushes;
use crate::client::{ApiError, ApiErrorKind};
use crate::registration::{Registration, Webhook};

/// Apps whose webhooks are looked up.
const MOST: usize = 50;

pub(super) async fn run(source: &AppStoreConnect) -> Vec<CheckLine> {
    let Some(pushes) = &source.pushes else { return Vec::new() };
    let covered = pushes.webhooks.apps();
    let mut lines: Vec<CheckLine> =
        source.apps.iter().filter(|app| !covered.contains(app)).map(without_secret).collect();
    let registration = Registration::new(source.client.clone());
    for app in covered.iter().take(MOST) {
        let listed = registration.list(app).await;
        let refused = matches!(&listed, Err(error) if error.kind == ApiErrorKind::Forbidden);
        lines.push(of_app(app, listed, pushes));
        if refused {
            break;
        }
    }
    lines
}

fn without_secret(app: &String) -> CheckLine {
    let hint = "no secret is known, so its pushes are not received, and polls keep their full pace";
    CheckLine::warning(format!("webhooks of app {app}"), hint)
}

fn of_app(app: &str, listed: Result<Vec<Webhook>, ApiError>, pushes: &Pushes) -> CheckLine {
    let what = format!("webhooks of app {app}");
    let webhooks = match listed {
        Ok(webhooks) => webhooks,
        Err(error) if error.kind == ApiErrorKind::Forbidden => {
            let hint = "the key's role may not read webhooks, so what pushes miss is found by polls alone: App Manager, \
                        Admin or Account Holder may. Polls and pushes work all the same";
            return CheckLine::warning("webhooks", hint);
        }
        Err(error) => return CheckLine::warning(what, error.to_string()),
    };
    let ours = pushes.webhooks.registered(app);
    let candidates: Vec<_> = webhooks.iter().filter(|it| ours.as_ref().is_none_or(|ours| *ours == it.id)).collect();
    match candidates.iter().find(|webhook| webhook.enabled) {
        Some(webhook) => CheckLine::ok(what, format!("{:?} is registered and enabled", webhook.name)),
        None if candidates.is_empty() => CheckLine::warning(what, "none is registered: nothing is pushed"),
        None => CheckLine::warning(what, "it is registered but not enabled: nothing is pushed"),
    }
}
