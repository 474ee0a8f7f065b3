//! `status`, `history`, `deliveries` and `redeliver`

use std::sync::Arc;

use statused::model::{DeliveryId, DeliveryState, TimeInReview};
use statused::store::{DeliveryQuery, HistoryQuery};
use statused::{Monitor, StateStore};

use super::{say, say_json};
use crate::config::{Config, ConfigError};
use crate::error::Failure;
use crate::parts::{self, Use};

async fn shared(config: &Config) -> Result<Arc<dyn StateStore>, Failure> {
    parts::store(config, Use::Share).await
}

/// Shows what is known of every app.
pub(crate) async fn status(config: &Config, json: bool) -> Result<(), Failure> {
    let apps = statused::monitor::status(shared(config).await?.as_ref()).await?;
    if json {
        return say_json(&apps);
    }
    for app in &apps {
        let id = app.app_id.as_ref().map_or("account", |id| id.as_str());
        say(&format!("{} {id} {}", app.source, app.name.as_deref().unwrap_or_default()));
        for subject in &app.subjects {
            let version = subject.details.version.as_deref().unwrap_or_default();
            let build = subject.details.build.as_ref().map(|build| format!(" ({build})")).unwrap_or_default();
            let share = subject.user_distribution.as_ref().map(|share| format!(" {share}")).unwrap_or_default();
            let track = subject.details.track.as_ref().map(|track| format!(" {track}")).unwrap_or_default();
            let waited = after(&subject.time_in_review);
            say(&format!(
                "  {:<24} {:<16} {}{share}, since {}{waited}",
                format!("{}{track}", subject.kind.as_str()),
                format!("{version}{build}"),
                subject.status,
                subject.since.format("%F %T UTC")
            ));
        }
    }
    Ok(())
}

/// How long it has waited, if that is known.
fn after(time: &TimeInReview) -> String {
    if time.is_unknown() { String::new() } else { format!(", after {time}") }
}

/// Shows what was announced.
pub(crate) async fn history(config: &Config, app: Option<String>, limit: usize, json: bool) -> Result<(), Failure> {
    let mut query = HistoryQuery::default().with_limit(limit);
    query.app = app;
    let events = shared(config).await?.history(query).await?;
    if json {
        return say_json(&events);
    }
    for event in &events {
        let waited = event.data.time_in_review.as_ref().map(after).unwrap_or_default();
        say(&format!("{}  {}{waited}", event.time.format("%F %T UTC"), event.data.message));
    }
    Ok(())
}

/// Shows deliveries.
pub(crate) async fn deliveries(
    config: &Config,
    sink: Option<String>,
    state: Option<&str>,
    limit: usize,
    json: bool,
) -> Result<(), Failure> {
    let mut query = DeliveryQuery::default().with_limit(limit);
    query.sink = sink.map(Into::into);
    if let Some(word) = state {
        let known = DeliveryState::parse(word);
        query.state = Some(known.ok_or_else(|| {
            ConfigError::plain(format!("a state is pending, delivered, dead or unknown, not {word:?}"))
        })?);
    }
    let records = shared(config).await?.deliveries(query).await?;
    if json {
        return say_json(&records);
    }
    for record in &records {
        let last = record.log.last().map_or_else(String::new, |attempt| {
            let status = attempt.status.map(|status| format!(" {status}")).unwrap_or_default();
            format!(", last {}{status} {}", attempt.verdict, attempt.detail)
        });
        say(&format!(
            "{:>6}  {}  {:<9} {:<12} {} tries{last}  {}",
            record.id,
            record.created_at.format("%F %T UTC"),
            record.state.as_str(),
            record.sink,
            record.log.len(),
            record.message
        ));
    }
    Ok(())
}

/// Makes a delivery pending again.
pub(crate) async fn redeliver(config: &Config, id: u64) -> Result<(), Failure> {
    let monitor = Monitor::builder(shared(config).await?).build()?;
    monitor.redeliver(DeliveryId(id)).await?;
    say(&format!("delivery {id} is pending again; the running monitor takes it up within a minute"));
    Ok(())
}
