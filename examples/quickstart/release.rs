//! The play: what happens at the store, and what must be heard of it.

use std::time::{Duration, Instant};

use statused::apple::testkit::{Endpoint, FakeApp, FakeAppStoreConnect, FakeVersion};
use statused::sinks::webhook::Received;

use crate::receiver::Receiver;
use crate::screen::Screen;

/// The longest that a notification may take.
const PATIENCE: Duration = Duration::from_secs(5);
const APP: &str = "Markdown Email";
pub(crate) const APP_ID: &str = "1234567890";

/// The store before the play: an app that is live.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) app: FakeApp,
    live: FakeVersion,
}

impl Stage {
    pub(crate) fn set(apple: &FakeAppStoreConnect) -> Self {
        let app = apple.app(APP_ID, APP, "com.example.markdown-email");
        let live = app.version("1.2.2").state("READY_FOR_SALE");
        Self { app, live }
    }

    /// Plays the release. Fails at the first notification that is missing, wrong, or one too many.
    pub(crate) async fn play(
        self,
        apple: &FakeAppStoreConnect,
        receiver: &mut Receiver,
        screen: &mut Screen,
    ) -> Result<usize, String> {
        let Self { app, live } = self;
        let mut play = Play { receiver, screen, heard: Vec::new(), races: 0, won: 0 };
        let changed = |to: &str| format!("The status of your app {APP} changed to {to}");
        let rollout = |what: &str| format!("Your phased rollout for {APP} {what}");

        play.act("the monitor starts; the app is taken as it is found").await;
        play.hear(&["Your workflow Everything is active and watching for status changes.".to_owned()]).await?;
        // The quiet start is over when the second look begins.
        play.looks(apple, 8).await;

        play.act("a build is uploaded and processed").await;
        let build = app.build("1.3.0", "42");
        play.hear(&[format!("The status of build 1.3.0 (42) of {APP} changed to Processing")]).await?;
        build.processing("VALID");
        play.hear(&[format!("The status of build 1.3.0 (42) of {APP} changed to Valid")]).await?;
        for (state, label) in
            [("WAITING_FOR_BETA_REVIEW", "Waiting for Beta Review"), ("BETA_APPROVED", "Beta Approved")]
        {
            build.external(state);
            play.hear(&[format!("The TestFlight status of build 1.3.0 (42) of {APP} changed to {label}")]).await?;
        }

        play.act("the version is submitted, rejected, and submitted again").await;
        let version = app.version("1.3.0");
        play.hear(&[changed("Prepare for Submission")]).await?;
        for (state, label) in [
            ("WAITING_FOR_REVIEW", "Waiting for Review"),
            ("IN_REVIEW", "In Review"),
            ("REJECTED", "Rejected"),
            ("WAITING_FOR_REVIEW", "Waiting for Review"),
            ("IN_REVIEW", "In Review"),
            ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
        ] {
            play.race(apple, || drop(version.state(state)), &[changed(label)]).await?;
        }

        play.act("it is released in phases, and paused for a while").await;
        version.phased("ACTIVE", Some(1)).state("READY_FOR_SALE");
        live.state("REPLACED_WITH_NEW_VERSION");
        play.hear(&[
            changed("Ready for Sale"),
            changed("Replaced with New Version"),
            rollout("is active, rolling out to 1% of your users."),
        ])
        .await?;
        for (state, day, said) in [
            ("ACTIVE", 2, "is active, rolling out to 2% of your users."),
            ("ACTIVE", 3, "is active, rolling out to 5% of your users."),
            ("PAUSED", 3, "has been paused at 5%."),
            ("ACTIVE", 3, "has been resumed and is rolling out to 5% of your users."),
            ("ACTIVE", 4, "is active, rolling out to 10% of your users."),
            ("ACTIVE", 5, "is active, rolling out to 20% of your users."),
            ("ACTIVE", 6, "is active, rolling out to 50% of your users."),
            ("ACTIVE", 7, "is active, rolling out to 100% of your users."),
            ("COMPLETE", 7, "is complete and your app update has rolled out to 100% of users."),
        ] {
            version.phased(state, Some(day));
            play.hear(&[rollout(said)]).await?;
        }

        play.act("an agreement expires, and is signed").await;
        apple.agreement_pending(true);
        play.hear(&["Action Needed: You Have Pending Agreements".to_owned()]).await?;
        apple.agreement_pending(false);
        play.hear(&["All Set: Your Agreements Are Accepted".to_owned()]).await?;

        play.act("nothing more happens, and nothing more is said").await;
        play.looks(apple, 20).await;
        play.end()
    }
}

struct Play<'a> {
    receiver: &'a mut Receiver,
    screen: &'a mut Screen,
    heard: Vec<Received>,
    /// Changes that a push and a poll could tell, and how often the push was first.
    races: usize,
    won: usize,
}

impl Play<'_> {
    async fn act(&mut self, title: &str) {
        self.screen.act(title);
        self.screen.pause().await;
    }

    /// Waits for notifications with these messages, in any order, and for nothing else.
    async fn hear(&mut self, expected: &[String]) -> Result<(), String> {
        self.listen(expected).await?;
        self.screen.pause().await;
        Ok(())
    }

    async fn listen(&mut self, expected: &[String]) -> Result<(), String> {
        let mut missing = expected.to_vec();
        while !missing.is_empty() {
            let received = tokio::time::timeout(PATIENCE, self.receiver.next())
                .await
                .map_err(|_| format!("not heard within {PATIENCE:?}: {missing:?}"))??;
            self.screen.notification(&received);
            let place = missing.iter().position(|message| *message == received.data.message);
            let place = place.ok_or_else(|| format!("not expected now: {:?}", received.data.message))?;
            missing.remove(place);
            self.heard.push(received);
        }
        Ok(())
    }

    /// A change that the store pushes and that its list of apps shows, too: which of them is heard of first?
    async fn race(
        &mut self,
        apple: &FakeAppStoreConnect,
        change: impl FnOnce(),
        expected: &[String],
    ) -> Result<(), String> {
        let (lists, began) = (apple.count(Endpoint::Apps), Instant::now());
        change();
        self.listen(expected).await?;
        // If no list was asked for since, it cannot have been the poll.
        let pushed = apple.count(Endpoint::Apps) == lists;
        self.races += 1;
        self.won += usize::from(pushed);
        self.screen.race(pushed, began.elapsed());
        self.screen.pause().await;
        Ok(())
    }

    /// Waits until the source has asked that often.
    async fn looks(&self, apple: &FakeAppStoreConnect, requests: usize) {
        let until = apple.requests().len() + requests;
        while apple.requests().len() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn end(self) -> Result<usize, String> {
        if self.won * 2 < self.races {
            return Err(format!("of {} races with the poll, the push has won {}", self.races, self.won));
        }
        if let Some(extra) = self.receiver.at_hand() {
            return Err(format!("one notification too many: {:?}", extra.map(|received| received.data.message)));
        }
        let mut ids: Vec<_> = self.heard.iter().map(|received| &received.id).collect();
        ids.sort();
        ids.dedup();
        if ids.len() == self.heard.len() { Ok(ids.len()) } else { Err("an event id came twice".to_owned()) }
    }
}
