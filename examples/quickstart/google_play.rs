//! What happens at Google Play and in its mail, and what must be heard of it.

use reqwest::{Client, StatusCode};
use statused::google::testkit::{FakeGooglePlay, FakeTrack};
use statused::mail::testkit::{PolicyLetter, Postmaster, forward};

use crate::play::Play;

const APP: &str = "Markdown Pages";
const PACKAGE: &str = "com.example.markdown";
const REASON: &str = "Violation of Metadata policy";

/// The store: an app with a release that everybody has.
#[derive(Debug)]
pub(crate) struct GooglePlayStore {
    pub(crate) fake: FakeGooglePlay,
    /// Who signs Google's mail.
    pub(crate) postmaster: Postmaster,
    production: FakeTrack,
}

impl GooglePlayStore {
    pub(crate) async fn open() -> std::io::Result<Self> {
        let fake = FakeGooglePlay::start().await?;
        let production = fake.app(PACKAGE, APP).track("production");
        production.release("2.0", [200]).publish();
        Ok(Self { fake, postmaster: Postmaster::google(), production })
    }

    pub(crate) fn requests(&self) -> usize {
        self.fake.requests().len()
    }

    pub(crate) async fn review(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("Google Play: a release is reviewed, approved, and waits for its developer").await;
        let release = self.production.release("2.1", [210]).staged(0.05).in_review();
        play.hear(&[changed("In Review")]).await?;
        release.approved();
        play.hear(&[changed("Approved")]).await
    }

    pub(crate) async fn rollout(&self, play: &mut Play<'_>) -> Result<(), String> {
        play.act("Google Play: it is published to some of the users, halted, resumed, and given to all").await;
        let release = self.production.release("2.1", [210]).rollout(0.05);
        let rolling = |share: &str| {
            "Your phased rollout is active and you are currently rolling out your app update to ".to_owned()
                + share
                + " of your users."
        };
        play.hear(&[rolling("5%")]).await?;
        release.rollout(0.2);
        play.hear(&[rolling("20%")]).await?;
        release.halt();
        play.hear(&[
            "Your phased rollout has been halted at 20% and your update is no longer rolling out to users.".to_owned()
        ])
        .await?;
        release.resume();
        play.hear(&["Your phased rollout has been resumed and your update is rolling out to users again. You are \
                     currently rolling out your app update to 20% of your users."
            .to_owned()])
            .await?;
        release.complete();
        play.hear(&[
            "Your phased rollout is complete and your app update has rolled out to 100% of users.".to_owned(),
            changed("Replaced with New Version"),
        ])
        .await
    }

    /// A rejection, whose reason comes by mail: first from somebody else, then altered on its way, at last from Google.
    pub(crate) async fn rejection(&self, play: &mut Play<'_>, mail_url: &str) -> Result<(), String> {
        play.act("Google Play: the next release is rejected, and mail says why").await;
        let release = self.production.release("2.2", [220]).in_review();
        play.hear(&[changed("In Review")]).await?;
        release.reject();
        play.hear(&[changed("Rejected")]).await?;

        let letter = PolicyLetter::rejection(APP, PACKAGE).issue(REASON).codes([220]).draft();
        let mail = self.postmaster.send(&letter);
        let forged = Postmaster::google().send(&letter);
        let altered = forward::replaced(&mail, "Metadata", "Malware");
        for (what, bytes) in [("forged", forged), ("altered", altered)] {
            let status = post(mail_url, bytes).await?;
            play.aside(&format!("a mail that is {what} comes in: {status}, kept aside, and nothing is said"));
        }
        let status = post(mail_url, mail.clone()).await?;
        play.aside(&format!("Google's own mail comes in: {status}"));
        play.hear(&[format!("Why the status of your app {APP} changed to Rejected: {REASON}")]).await?;
        let status = post(mail_url, mail).await?;
        play.aside(&format!("the same mail comes in once more: {status}, and nothing is said"));
        Ok(())
    }
}

async fn post(url: &str, mail: Vec<u8>) -> Result<StatusCode, String> {
    let answer = Client::new().post(url).body(mail).send().await;
    answer.map(|answer| answer.status()).map_err(|error| error.to_string())
}

fn changed(to: &str) -> String {
    format!("The status of your app {APP} changed to {to}")
}
