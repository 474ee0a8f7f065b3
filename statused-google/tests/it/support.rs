//! One source that polls one fake.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use statused_core::StatusSource as _;
use statused_core::model::{AggregateKey, Evidence, Observation, Sighting, SourceId, SubjectKey};
use statused_core::source::{Checkpoint, PollReport, PollRequest, Scope, SourceError};
use statused_google::testkit::{Endpoint, FakeApp, FakeGooglePlay, FakeRelease, FakeTrack};
use statused_google::{GooglePlay, GooglePlayBuilder};

pub(crate) const APP: &str = "com.acme.app";

pub(crate) struct Watch {
    pub(crate) fake: FakeGooglePlay,
    pub(crate) source: GooglePlay,
    pub(crate) checkpoint: Option<Checkpoint>,
    pub(crate) now: DateTime<Utc>,
    /// Given with the next poll.
    pub(crate) verify: Vec<SubjectKey>,
    pub(crate) hint: bool,
    pub(crate) scope: Scope,
    seconds: Arc<AtomicI64>,
}

pub(crate) async fn watch() -> Watch {
    watch_with(|builder| builder).await
}

/// Without icons and with one clock for all.
pub(crate) async fn watch_with(adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder) -> Watch {
    let fake = FakeGooglePlay::start().await.unwrap();
    let now = Utc.with_ymd_and_hms(2026, 1, 2, 0, 0, 0).unwrap();
    let seconds = Arc::new(AtomicI64::new(now.timestamp()));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap()
    };
    fake.clock(clock.clone());
    let source = adjust(fake.source().clock(clock).icons(false)).build().unwrap();
    fake.app(APP, "Acme");
    let (verify, scope) = (Vec::new(), Scope::Full);
    Watch { fake, source, checkpoint: None, now, verify, hint: false, scope, seconds }
}

impl Watch {
    pub(crate) fn app(&self) -> FakeApp {
        self.fake.app(APP, "Acme")
    }

    pub(crate) fn track(&self) -> FakeTrack {
        self.app().track("production")
    }

    pub(crate) fn release(&self, name: &str, code: u64) -> FakeRelease {
        self.track().release(name, [code])
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
        self.seconds.store(self.now.timestamp(), Ordering::SeqCst);
    }

    pub(crate) async fn try_poll(&mut self) -> Result<PollReport, SourceError> {
        self.pass(60);
        let mut request = PollRequest::new(source_id(), self.now);
        request.checkpoint.clone_from(&self.checkpoint);
        request.verify = std::mem::take(&mut self.verify).into_iter().map(|subject| (app_key(APP), subject)).collect();
        if std::mem::take(&mut self.hint) {
            request.hints.insert(app_key(APP));
        }
        request.scope = std::mem::take(&mut self.scope);
        self.fake.forget();
        let report = self.source.poll(request).await?;
        self.checkpoint.clone_from(&report.checkpoint);
        Ok(report)
    }

    /// A poll in which something may fail.
    pub(crate) async fn poll_through(&mut self) -> PollReport {
        self.try_poll().await.unwrap()
    }

    /// A poll in which nothing fails.
    pub(crate) async fn poll(&mut self) -> PollReport {
        let report = self.poll_through().await;
        assert_eq!(report.troubles, [], "a poll without troubles");
        report
    }

    /// Polls for so many minutes; what the last poll told.
    pub(crate) async fn polls(&mut self, minutes: u32) -> PollReport {
        let mut report = self.poll().await;
        for _ in 1..minutes {
            report = self.poll().await;
        }
        report
    }

    /// Polls until a release is told of in these words.
    pub(crate) async fn until(&mut self, code: u64, words: &str) {
        let mut last = Vec::new();
        for _ in 0..20 {
            let told = told(&self.poll_through().await, code);
            if told.as_deref() == Some(words) {
                return;
            }
            last.push(told);
        }
        panic!("not told {words:?}, but {last:?}");
    }

    /// Reads of the lifecycle in the last poll.
    pub(crate) fn reads(&self) -> usize {
        self.fake.count(Endpoint::Lifecycle)
    }

    /// A new process: the source begins again with the same checkpoint.
    pub(crate) fn restart(&mut self, adjust: impl FnOnce(GooglePlayBuilder) -> GooglePlayBuilder) {
        let seconds = Arc::clone(&self.seconds);
        let clock = move || DateTime::from_timestamp(seconds.load(Ordering::SeqCst), 0).unwrap();
        self.source = adjust(self.fake.source().clock(clock).icons(false)).build().unwrap();
    }
}

pub(crate) fn source_id() -> SourceId {
    "acme".into()
}

pub(crate) fn app_key(app: &str) -> AggregateKey {
    AggregateKey::App(source_id(), app.into())
}

pub(crate) fn sighting(report: &PollReport) -> &Sighting {
    report.sightings.get(&app_key(APP)).expect("the app was seen")
}

/// What was seen of a release on production.
pub(crate) fn find(report: &PollReport, code: u64) -> Option<&Observation> {
    find_on(report, "production", code)
}

pub(crate) fn find_on<'a>(report: &'a PollReport, track: &str, code: u64) -> Option<&'a Observation> {
    let subject = SubjectKey::release(track, &[code]);
    let mut found = report.sightings.get(&app_key(APP))?.observations.iter().filter(|seen| seen.subject == subject);
    let first = found.next();
    assert!(found.next().is_none(), "one word for each subject");
    first
}

/// What was told of a release on production: status, share, and what is special about it.
pub(crate) fn told(report: &PollReport, code: u64) -> Option<String> {
    find(report, code).map(words)
}

pub(crate) fn words(seen: &Observation) -> String {
    let mut text = seen.status.code().to_owned();
    if let Some(share) = seen.share {
        text.push_str(&format!(" {share}"));
    }
    if let Some(reason) = &seen.details.reason {
        text.push_str(&format!(" [{reason}]"));
    }
    if seen.evidence == Evidence::Declared {
        text.push_str(" declared");
    }
    if seen.doubtful {
        text.push_str(" doubtful");
    }
    if seen.untold {
        text.push_str(" untold");
    }
    text
}

impl Watch {
    /// Polls for so many minutes, whatever fails.
    pub(crate) async fn polls_through(&mut self, minutes: u32) {
        for _ in 0..minutes {
            self.poll_through().await;
        }
    }
}

impl Watch {
    /// The clock of all.
    pub(crate) fn hands(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.seconds)
    }
}
