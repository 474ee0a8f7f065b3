//! Where an hour's requests do not suffice: what is spent of them, hour by hour of a simulated clock, and what is told of
//! it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use statused::apple::AppStoreConnect;
use statused::apple::testkit::{Endpoint, FakeAppStoreConnect, Logged};
use statused::model::Account;
use statused::monitor::Clock as _;
use statused::source::{CheckLine, PollReport, PollRequest, SourceError, Vitals};
use statused::{MemoryStore, Monitor, StatusSource};

use super::apple::{AN_HOUR, POLL_EVERY, live, source};
use crate::calendar::Calendar;
use crate::table::{Measured, Row, Table};

const HOURS: usize = 3;

/// A source, and when it last wanted to be asked again.
#[derive(Debug)]
struct Patient {
    source: AppStoreConnect,
    come_back: Mutex<Duration>,
}

impl Patient {
    fn pause(&self) -> Duration {
        POLL_EVERY.max(*self.come_back.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl StatusSource for Patient {
    fn account(&self) -> Account {
        self.source.account()
    }

    fn interval(&self) -> Duration {
        self.source.interval()
    }

    async fn poll(&self, request: PollRequest) -> Result<PollReport, SourceError> {
        let report = self.source.poll(request).await?;
        *self.come_back.lock().unwrap_or_else(PoisonError::into_inner) = report.come_back.unwrap_or_default();
        Ok(report)
    }

    fn vitals(&self) -> Vitals {
        self.source.vitals()
    }

    async fn check(&self) -> Vec<CheckLine> {
        self.source.check().await
    }
}

/// What was asked, and Apple's account of the last hour.
#[derive(Default)]
struct Spent {
    /// What the last hour has granted, poll by poll.
    last: VecDeque<(DateTime<Utc>, usize)>,
    busiest: usize,
    /// Requests that were granted, and polls, hour by hour.
    hours: [(usize, usize); HOURS],
    refused: usize,
    /// When each rollout was looked at last, and the longest that one has waited.
    looks: BTreeMap<String, DateTime<Utc>>,
    longest: TimeDelta,
}

impl Spent {
    /// What an hour's budget has left at this time.
    fn left(&mut self, now: DateTime<Utc>) -> u32 {
        self.last.retain(|(at, _)| now - *at < TimeDelta::hours(1));
        AN_HOUR.saturating_sub(u32::try_from(self.in_hour()).unwrap_or(u32::MAX))
    }

    fn in_hour(&self) -> usize {
        self.last.iter().map(|(_, requests)| requests).sum()
    }

    fn note(&mut self, hour: usize, now: DateTime<Utc>, requests: &[Logged], rollouts: &[String]) {
        let refused = requests.iter().filter(|request| request.status == Some(429)).count();
        let granted = requests.len() - refused;
        self.last.push_back((now, granted));
        self.busiest = self.busiest.max(self.in_hour());
        self.refused += refused;
        let (requests_of_hour, polls) = &mut self.hours[hour];
        (*requests_of_hour, *polls) = (*requests_of_hour + granted, *polls + 1);
        for version in rollouts {
            let looked_at = |request: &Logged| request.endpoint == Endpoint::Version && request.path.ends_with(version);
            let last = self.looks.entry(version.clone()).or_insert(now);
            self.longest = self.longest.max(now - *last);
            if requests.iter().any(looked_at) {
                *last = now;
            }
        }
    }
}

pub(super) async fn measure(table: &mut Table, apps: usize, rollouts: usize) -> Measured {
    let fake = FakeAppStoreConnect::start().await?;
    let under_way = live(&fake, apps).into_iter().step_by(apps / rollouts);
    let under_way: Vec<String> =
        under_way.map(|app| app.version("1.0").phased("ACTIVE", Some(2)).id().to_owned()).collect();
    let calendar = Arc::new(Calendar::new());
    let source = Arc::new(Patient { source: source(&fake)?, come_back: Mutex::default() });
    let monitor = Monitor::builder(Arc::new(MemoryStore::new()))
        .clock(Arc::clone(&calendar) as _)
        .source("apple", Arc::clone(&source) as _)
        .build()?;

    let mut spent = Spent::default();
    let (mut told, mut slowest, mut words) = (0, Duration::ZERO, None);
    while calendar.passed() < TimeDelta::hours(HOURS as i64) {
        let (hour, now) = (calendar.passed().num_hours() as usize, calendar.now());
        fake.rate_limit(AN_HOUR, spent.left(now));
        fake.forget();
        let health = monitor.tick().await;
        spent.note(hour, now, &fake.requests(), &under_way);
        let trouble = health.sources.values().flat_map(|source| &source.troubles).find(|it| it.contains("take turns"));
        told += usize::from(trouble.is_some());
        words = words.or_else(|| trouble.cloned());
        let pause = source.pause();
        slowest = slowest.max(pause);
        calendar.advance(TimeDelta::from_std(pause)?);
    }
    let wanted = (2 * apps.div_ceil(200) + rollouts) * 120;
    let polls: usize = spent.hours.iter().map(|(_, polls)| polls).sum();
    let hours = spent.hours.map(|(requests, polls)| format!("{requests} in {polls} polls")).join(", ");
    let row = Row::new(
        format!("App Store Connect, {apps} apps, {rollouts} rollouts, {HOURS} hours by a simulated clock"),
        format!(
            "{hours}; {} in the busiest hour, {} refused; polls {slowest:.0?} apart at most, looks at a rollout {} s; \
             health says in {told} of {polls} polls: \"{}\"",
            spent.busiest,
            spent.refused,
            spent.longest.num_seconds(),
            words.as_deref().unwrap_or_default(),
        ),
    );
    let met = spent.busiest <= AN_HOUR as usize && told > 0;
    table.add(
        row.beside(format!("{AN_HOUR} an hour allowed; {wanted} in 120 polls without turns"))
            .ratio(spent.busiest as f64 / f64::from(AN_HOUR))
            .budget("no more than that, and told", met),
    );
    Ok(())
}
