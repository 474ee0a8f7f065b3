//! What happens in App Store Connect, and what must be heard of it.

use chrono::Utc;
use statused::apple::testkit::{Endpoint, FakeApp, FakeAppStoreConnect, FakeVersion};

use crate::play::Play;

const APP: &str = "Markdown Email";
pub(crate) const APP_ID: &str = "1234567890";

/// The store: an app with a version that is live, and the next one.
#[derive(Debug)]
pub(crate) struct AppStore {
    pub(crate) fake: FakeAppStoreConnect,
    pub(crate) app: FakeApp,
    live: FakeVersion,
}

impl AppStore {
    pub(crate) async fn open() -> std::io::Result<Self> {
        let fake = FakeAppStoreConnect::start().await?;
        let app = fake.app(APP_ID, APP, "com.example.markdown-email");
        let live = app.version("1.2.2").state("READY_FOR_SALE");
        Ok(Self { fake, app, live })
    }

    pub(crate) fn requests(&self) -> usize {
        self.fake.requests().len()
    }

    /// A change that is pushed, and that the list of apps shows.
    async fn race(&self, play: &mut Play<'_>, change: impl FnOnce(), said: String) -> Result<(), String> {
        play.race(|| self.fake.count(Endpoint::Apps), change, &[said]).await
    }

    pub(crate) async fn build(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("App Store: a build is uploaded and processed, and testers get it").await;
        let build = self.app.upload("1.3.0", "42").process().complete().uploaded(Utc::now());
        play.hear(&[format!("The status of build 1.3.0 (42) of {APP} changed to Processing")]).await?;
        build.processing("VALID");
        play.hear(&[format!("The status of build 1.3.0 (42) of {APP} changed to Valid")]).await?;
        for (state, label) in
            [("WAITING_FOR_BETA_REVIEW", "Waiting for Beta Review"), ("BETA_APPROVED", "Beta Approved")]
        {
            let said = format!("The TestFlight status of build 1.3.0 (42) of {APP} changed to {label}");
            self.race(play, || drop(build.external(state)), said).await?;
        }
        Ok(())
    }

    pub(crate) async fn review(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("App Store: the version is submitted, rejected, and submitted again").await;
        let version = self.app.version("1.3.0");
        play.hear(&[changed("Prepare for Submission")]).await?;
        for (state, label) in [
            ("WAITING_FOR_REVIEW", "Waiting for Review"),
            ("IN_REVIEW", "In Review"),
            ("REJECTED", "Rejected"),
            ("WAITING_FOR_REVIEW", "Waiting for Review"),
            ("IN_REVIEW", "In Review"),
            ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
        ] {
            self.race(play, || drop(version.state(state)), changed(label)).await?;
        }
        Ok(())
    }

    pub(crate) async fn phased_release(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("App Store: it is released in phases, and paused for a while").await;
        let rollout = |what: &str| format!("Your phased rollout for {APP} {what}");
        let version = self.app.version("1.3.0").phased("ACTIVE", Some(1)).state("READY_FOR_SALE");
        self.live.state("REPLACED_WITH_NEW_VERSION");
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
        Ok(())
    }

    pub(crate) async fn agreement(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("App Store: an agreement expires, and is signed").await;
        self.fake.agreement_pending(true);
        play.hear(&["Action Needed: You Have Pending Agreements".to_owned()]).await?;
        self.fake.agreement_pending(false);
        play.hear(&["All Set: Your Agreements Are Accepted".to_owned()]).await
    }
}

fn changed(to: &str) -> String {
    format!("The status of your app {APP} changed to {to}")
}
