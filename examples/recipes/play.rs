//! The release, act by act: what happens at the store, what is told of it, and which calls must come of it.

use chrono::Utc;
use statused::Monitor;
use statused::apple::testkit::FakeApp;
use statused::model::{DeliveryState, Event};
use statused::store::{DeliveryQuery, HistoryQuery};

use crate::say;
use crate::services::{Call, Services};

/// Plays the release. Returns how many calls came of it, or the first thing that was not as it should be.
pub(crate) async fn release(app: &FakeApp, monitor: &Monitor, services: &Services) -> Result<usize, String> {
    let mut play = Play { monitor, services, told: 0, calls: 0 };

    // Only people are welcomed: a welcome starts no build, switches no flag and pages nobody.
    let welcome = "slack POST: Your workflow Release note is active and watching for status changes.";
    play.act("The monitor begins, and takes the app as it is", &[], &[welcome]).await?;

    let build = app.build("1.3.0", "42").uploaded(Utc::now());
    play.act("CI uploads a build, and ends", &["Processing"], &[]).await?;
    build.processing("VALID");
    let dispatch = r#"github POST: main {"build":"42","version":"1.3.0"}"#;
    play.act("Apple has processed it", &["Valid"], &[dispatch]).await?;

    let version = app.version("1.3.0").state("WAITING_FOR_REVIEW");
    play.act("The workflow submits it", &["Waiting for Review"], &[]).await?;
    version.state("IN_REVIEW");
    let off = ["launchdarkly GET: it is on", "launchdarkly PATCH: turnFlagOff"];
    play.act("A reviewer looks at it", &["In Review"], &off).await?;
    version.state("REJECTED");
    let page = "pagerduty POST: trigger The status of your app Markdown Email changed to Rejected";
    play.act("It is rejected", &["Rejected"], &[page]).await?;

    version.state("WAITING_FOR_REVIEW");
    play.act("It is submitted again", &["Waiting for Review"], &[]).await?;
    version.state("IN_REVIEW");
    play.act("A reviewer looks again; the flag needs no switch", &["In Review"], &["launchdarkly GET: it is off"])
        .await?;
    version.state("PENDING_DEVELOPER_RELEASE");
    let relief = "pagerduty POST: resolve the open alert";
    play.act("It is approved", &["Pending Developer Release"], &[relief]).await?;

    version.state("READY_FOR_SALE");
    let done = [
        r#"jira POST: project = APP AND fixVersion = "1.3.0" AND statusCategory != Done"#,
        "jira GET: APP-7 is In QA",
        "jira POST: APP-7 to Released",
        "jira GET: APP-9 is In QA",
        "jira POST: APP-9 to Released",
        "launchdarkly GET: it is off",
        "launchdarkly PATCH: turnFlagOn",
        "slack POST: Markdown Email 1.3.0 is on the App Store. What is new: https://example.com/releases",
    ];
    play.act("It is released", &["Ready for Sale"], &done).await?;
    play.act("Nothing more happens", &[], &[]).await?;
    play.end().await
}

struct Play<'a> {
    monitor: &'a Monitor,
    services: &'a Services,
    /// Changes that were told.
    told: usize,
    calls: usize,
}

impl Play<'_> {
    /// Rounds of the monitor, until the changes are told. Each returns when everything that is due has been delivered, so
    /// that a call that has not been made by then is missing, and one in excess is found.
    async fn act(&mut self, title: &str, statuses: &[&str], expected: &[&str]) -> Result<(), String> {
        say(&format!("\n{title}"));
        let mut history = self.round().await?;
        if history.len() < self.told + statuses.len() {
            // A step back, such as that from a rejection to the queue, is believed only when a second look confirms it.
            history = self.round().await?;
        }
        let news = &history[..history.len() - self.told];
        news.iter().rev().for_each(|event| say(&format!("  {}", event.data.message)));
        self.told = history.len();
        let calls = self.services.take_calls();
        let mut place = "";
        for call in &calls {
            let again = std::mem::replace(&mut place, &call.place) == call.place;
            let shown = if again { "" } else { place };
            say(&format!("    {shown:<12}  {:<5} {}\n{:20}{}", call.method.as_str(), call.path, "", call.telling));
        }
        self.calls += calls.len();

        let heard: Vec<_> = news.iter().rev().map(|event| event.data.status.as_str()).collect();
        if heard != statuses {
            return Err(format!("the changes should be {statuses:?}, and are {heard:?}"));
        }
        let made: Vec<_> = calls.iter().map(Call::brief).collect();
        if made == expected { Ok(()) } else { Err(format!("the calls should be {expected:#?}, and are {made:#?}")) }
    }

    async fn round(&self) -> Result<Vec<Event>, String> {
        self.monitor.tick().await;
        self.monitor.history(HistoryQuery::default()).await.map_err(|error| error.to_string())
    }

    async fn end(self) -> Result<usize, String> {
        let all = DeliveryQuery::default().with_limit(1000);
        let deliveries = self.monitor.deliveries(all).await.map_err(|error| error.to_string())?;
        if let Some(odd) = deliveries.iter().find(|it| it.state != DeliveryState::Delivered || it.attempts != 1) {
            return Err(format!("a delivery did not arrive at its first try: {odd:?}"));
        }
        let undone = self.services.left_undone();
        if undone.is_empty() { Ok(self.calls) } else { Err(undone.join(", ")) }
    }
}
