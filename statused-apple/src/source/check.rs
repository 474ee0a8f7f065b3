//! The source's self-check.

use std::time::Duration;

use statused_core::source::CheckLine;

use super::{AppStoreConnect, plan};
use crate::client::{ApiError, ApiErrorKind};
use crate::wire::List;

const KEYS: &str = "App Store Connect → Users and Access → Integrations → App Store Connect API";

/// Asks for as little as possible of each thing that a poll needs.
pub(super) async fn run(source: &AppStoreConnect) -> Vec<CheckLine> {
    let mut lines = vec![CheckLine::ok("key format", "a P-256 private key; its ids look right")];
    let one = vec![("limit", "1".to_owned()), ("fields[apps]", "bundleId".to_owned())];
    let first = source.client.get::<List>(plan::APPS, &one).await;
    let Ok(first) = gates(&mut lines, first) else { return lines };

    let visible = apps(source, &first, &mut lines).await;
    if let Some(app) = visible.as_deref().or_else(|| first.data.first().map(|app| app.id.as_str())) {
        let of_app = |more: &[(&'static str, &str)]| {
            let mut query = vec![("filter[app]", app.to_owned()), ("limit", "1".to_owned())];
            query.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
            query
        };
        let builds = source.client.get::<List>(plan::BUILDS, &of_app(&[])).await;
        lines.push(readable("builds", builds));
        let reviews = source.client.get::<List>(plan::REVIEWS, &of_app(&[("filter[state]", "IN_REVIEW")])).await;
        lines.push(readable("review submissions", reviews));
    }
    lines.extend(super::check_pushes::run(source).await);
    let count = if source.apps.is_empty() { first.total.unwrap_or(first.data.len()) } else { source.apps.len() };
    lines.push(budget(source, count));
    lines
}

/// Reachability, token, role and agreement: one line each, as far as the first answer tells.
fn gates(lines: &mut Vec<CheckLine>, first: Result<List, ApiError>) -> Result<List, ()> {
    let error = match first {
        Ok(list) => {
            lines.push(CheckLine::ok("reachable", "the API answers"));
            lines.push(CheckLine::ok("token", "accepted"));
            lines.push(CheckLine::ok("role", "may read apps"));
            lines.push(CheckLine::ok("agreements", "in effect"));
            return Ok(list);
        }
        Err(error) => error,
    };
    let reached = CheckLine::ok("reachable", "the API answers");
    let token = CheckLine::ok("token", "accepted");
    match error.kind {
        ApiErrorKind::Unauthorized => {
            lines.push(reached);
            lines.push(CheckLine::bad("token", format!("{error}. {KEYS}")));
        }
        ApiErrorKind::Forbidden => {
            lines.extend([reached, token]);
            lines.push(CheckLine::bad("role", format!("{error}. {KEYS}: the key's access must be Developer or more")));
        }
        ApiErrorKind::Agreement => {
            lines.extend([reached, token]);
            lines.push(CheckLine::bad("agreements", error.to_string()));
        }
        ApiErrorKind::Throttled => {
            lines.extend([reached, token]);
            lines.push(CheckLine::bad("rate limit", format!("{error}. Use a key that nothing else uses: {KEYS}")));
        }
        ApiErrorKind::Unreachable | ApiErrorKind::Server => {
            lines.push(CheckLine::bad(
                "reachable",
                format!("{error}. https://developer.apple.com/system-status shows Apple's side"),
            ));
        }
        ApiErrorKind::NotFound | ApiErrorKind::Request | ApiErrorKind::BadData => {
            lines.push(CheckLine::bad("reachable", format!("{error}. Is the base URL App Store Connect's?")));
        }
    }
    Err(())
}

/// Whether each configured app shows, and which of them may serve for the further questions.
async fn apps(source: &AppStoreConnect, first: &List, lines: &mut Vec<CheckLine>) -> Option<String> {
    if source.apps.is_empty() {
        let count = first.total.unwrap_or(first.data.len());
        lines.push(if count == 0 {
            CheckLine::bad("apps", format!("the key shows none. {KEYS}: the key's access must cover all apps"))
        } else {
            CheckLine::ok("apps", format!("the key shows {count}"))
        });
        return None;
    }
    let mut visible = None;
    for chunk in source.apps.chunks(plan::PAGE) {
        let query = vec![
            ("filter[id]", chunk.join(",")),
            ("limit", plan::PAGE.to_string()),
            ("fields[apps]", "name,bundleId".to_owned()),
        ];
        let list = match source.client.get::<List>(plan::APPS, &query).await {
            Ok(list) => list,
            Err(error) => {
                lines.push(CheckLine::bad("apps", error.to_string()));
                continue;
            }
        };
        for id in chunk {
            let what = format!("app {id}");
            lines.push(match list.data.iter().find(|app| app.id == *id) {
                Some(app) => CheckLine::ok(what, app.text("name").unwrap_or_default()),
                None => CheckLine::bad(what, format!("the key does not show it: check the Apple ID under App Information, and the key's access ({KEYS})")),
            });
        }
        visible = visible.or_else(|| list.data.first().map(|app| app.id.clone()));
    }
    visible
}

fn readable(what: &str, answer: Result<List, ApiError>) -> CheckLine {
    match answer {
        Ok(_) => CheckLine::ok(what, "readable"),
        Err(error) => CheckLine::bad(what, error.to_string()),
    }
}

fn budget(source: &AppStoreConnect, apps: usize) -> CheckLine {
    const WHAT: &str = "rate limit";
    let Some(rate) = source.client.rate_limit() else {
        return CheckLine::ok(WHAT, "not told by the API");
    };
    let polls = Duration::from_secs(3600).div_duration_f64(source.poll_every);
    // Counts have few digits.
    let needed = (plan::requests_for(apps) as f64 * polls).ceil();
    let left = format!("{} of {} requests are left in this hour", rate.remaining, rate.limit);
    if needed > f64::from(rate.limit) {
        let every = source.poll_every;
        let hint = format!(
            "polling {apps} apps every {every:?} takes {needed} requests an hour and more; {left}. Polls will slow down: set a longer poll_every"
        );
        return CheckLine::warning(WHAT, hint);
    }
    CheckLine::ok(WHAT, format!("{left}; polling takes {needed} and more"))
}
