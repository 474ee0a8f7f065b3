//! The source's self-check.

use chrono::TimeDelta;
use statused_core::source::CheckLine;

use super::GooglePlay;
use crate::client::{ApiError, ApiErrorKind, AppFound};

/// What is known to be allowed.
const SHORT: TimeDelta = TimeDelta::minutes(15);
/// Requests a minute that Google allows a Cloud project.
const QUOTA: f64 = 3000.0;

/// Asks for as little as possible of each thing that a poll needs.
pub(super) async fn run(source: &GooglePlay) -> Vec<CheckLine> {
    let email = source.client.account().email();
    let mut lines = vec![CheckLine::ok("key format", format!("a service account's: {email}"))];
    let found = source.client.search().await;
    if let Err(error) = &found
        && matches!(error.kind, ApiErrorKind::Key | ApiErrorKind::Unauthorized | ApiErrorKind::Unreachable)
    {
        lines.push(CheckLine::bad("token", error.to_string()));
        if error.kind != ApiErrorKind::Unreachable {
            return lines;
        }
    } else {
        lines.push(CheckLine::ok("token", "granted for both APIs"));
    }
    lines.push(search(source, &found));
    let packages = match &found {
        _ if !source.config.packages.is_empty() => source.config.packages.clone(),
        // One tells what the others are.
        Ok(found) => found.iter().take(1).map(|app| app.package_name.clone()).collect(),
        Err(_) => Vec::new(),
    };
    for (n, package) in packages.iter().enumerate() {
        app(source, package, n == 0, &mut lines).await;
    }
    if packages.is_empty() {
        lines.push(CheckLine::bad("apps", "no app is known to look at: name packages, or mend the search for apps"));
    }
    let apps = packages.len().max(found.as_ref().map_or(0, Vec::len));
    let apps = if source.config.packages.is_empty() { apps } else { source.config.packages.len() };
    let a_minute = 60.0 * requests_a_poll(source, apps) / source.config.poll_every.as_secs_f64();
    if a_minute > QUOTA / 2.0 {
        let hint = format!(
            "{apps} apps every {:?} are {a_minute:.0} requests a minute, of {QUOTA} that Google allows the whole project: let `poll_every` be longer",
            source.config.poll_every
        );
        lines.push(CheckLine::warning("pace of polls", hint));
    }
    if source.config.lifecycle && source.config.lifecycle_every < SHORT {
        let hint = "every track that is under way is read more often than every 15 minutes: Google is known to refuse that, for hours";
        lines.push(CheckLine::warning("pace of review states", hint));
    }
    if source.config.edits {
        let hint = format!(
            "{email} must not be an uploader's account: every look opens an edit, which ends the uploader's. If it is, watch without edits"
        );
        lines.push(CheckLine::warning("edits", hint));
    } else {
        lines.push(CheckLine::warning("edits", "none are opened: halts and shares of rollouts are not seen"));
    }
    lines
}

/// Without those of reviews, which have a pace of their own.
fn requests_a_poll(source: &GooglePlay, apps: usize) -> f64 {
    let each = if source.config.edits { 3.0 } else { 1.0 };
    // Nobody has as many apps as would be counted wrong.
    each * u32::try_from(apps).map_or(f64::MAX, f64::from)
}

fn search(source: &GooglePlay, found: &Result<Vec<AppFound>, ApiError>) -> CheckLine {
    const WHAT: &str = "Google Play Developer Reporting API";
    match found {
        Ok(found) if found.is_empty() && source.config.packages.is_empty() => CheckLine::bad(
            WHAT,
            "it shows no app: invite the service account under Play Console → Users and permissions, and tick View app information (read-only)",
        ),
        Ok(found) => CheckLine::ok(WHAT, format!("it shows {} apps", found.len())),
        // Names alone are missing.
        Err(error) if !source.config.packages.is_empty() && source.config.edits => {
            CheckLine::warning(WHAT, error.to_string())
        }
        Err(error) => CheckLine::bad(WHAT, error.to_string()),
    }
}

/// Whether an app can be read, and its lifecycle: one read of it for all apps, for its quota is small.
async fn app(source: &GooglePlay, package: &str, first: bool, lines: &mut Vec<CheckLine>) {
    let what = format!("app {package}");
    let tracks: Result<Vec<String>, ApiError> = if source.config.edits {
        let view = source.client.view_edit(package, false).await;
        view.map(|view| view.tracks.tracks.into_iter().map(|track| track.track).collect())
    } else {
        source.client.serving_tracks(package).await
    };
    let tracks = match tracks {
        Ok(tracks) => tracks,
        Err(error) => return lines.push(CheckLine::bad(what, error.to_string())),
    };
    let missing = source.config.tracks.iter().find(|track| !tracks.contains(track));
    lines.push(match missing {
        Some(track) if source.config.edits => {
            CheckLine::warning(what, format!("it has no track {track}; it has {}", tracks.join(", ")))
        }
        _ => CheckLine::ok(what, format!("tracks {}", tracks.join(", "))),
    });
    if !first || !source.config.lifecycle {
        return;
    }
    const WHAT: &str = "review states";
    let mut watched = tracks.iter().map(String::as_str).filter(|track| source.config.watches(track));
    // It is the one that most likely carries something.
    let first = watched.clone().next();
    let watched = watched.find(|track| *track == "production").or(first).unwrap_or("production");
    lines.push(match source.client.lifecycle(package, watched).await {
        Ok(list) => CheckLine::ok(WHAT, format!("readable: {} releases on {watched}", list.releases.len())),
        Err(error) if error.kind == ApiErrorKind::NotFound => {
            CheckLine::ok(WHAT, format!("readable: {watched} never carried a release"))
        }
        Err(error) if error.kind == ApiErrorKind::Quota => CheckLine::warning(
            WHAT,
            format!("{error}. The quota is small, and shared by all who use this service account"),
        ),
        Err(error) => CheckLine::bad(
            WHAT,
            format!("{error}. Without them only what the developer has declared is told, and marked so"),
        ),
    });
}
