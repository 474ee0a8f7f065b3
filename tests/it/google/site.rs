//! A folder with a configuration, the fake store and Google's post that it names, and the receiver.

use std::collections::BTreeSet;
use std::ops::Deref;

use reqwest::Client;
use serde_json::Value;
use statused::google::testkit::{Endpoint, FakeApp, FakeGooglePlay, FakeRelease};
use statused::mail::testkit::{PolicyLetter, Postmaster};

use crate::process::{Process, Site};
use crate::receiver::Hit;
use crate::routes::free_port;
use crate::support::{changed, until, welcome};

pub(super) const PACKAGE: &str = "com.acme.app";
pub(super) const SOURCE: &str = "acme-google";
/// What makes a monitor read review states at each look: how fast the looks follow each other must not matter.
pub(super) const NO_PAUSE: &str = "lifecycle_every = \"1ms\"\n";

/// Everything but the monitor.
pub(super) struct Console {
    site: Site,
    pub(super) play: FakeGooglePlay,
    pub(super) google: Postmaster,
    /// Where the monitor listens.
    pub(super) base: String,
    listen: String,
}

impl Deref for Console {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Console {
    /// An app that has a release with everybody, and a configuration with these keys of the source.
    pub(super) async fn new(keys: &str) -> Self {
        let (site, play) = (Site::new().await, FakeGooglePlay::start().await.unwrap());
        let listen = format!("127.0.0.1:{}", free_port());
        let base = format!("http://{listen}");
        let console = Self { site, play, google: Postmaster::google(), base, listen };
        std::fs::write(console.path("account.json"), console.play.key_file()).unwrap();
        console.app().track("production").release("1.1", [41]).publish();
        console.configure(keys, "");
        console
    }

    pub(super) fn app(&self) -> FakeApp {
        self.play.app(PACKAGE, "Acme")
    }

    pub(super) fn release(&self) -> FakeRelease {
        self.app().track("production").release("1.2", [42])
    }

    /// Writes the configuration, with these keys of the source and of its mail.
    pub(super) fn configure(&self, keys: &str, mail: &str) {
        std::fs::write(self.path("statused.toml"), self.text(keys, mail)).unwrap();
    }

    pub(super) fn text(&self, keys: &str, mail: &str) -> String {
        let (play, hook, listen) = (self.play.base_url(), self.ci.url(), &self.listen);
        let keys = keys.to_owned()
            + if keys.contains("poll_every") { "" } else { "poll_every = \"20ms\"\n" }
            + if keys.contains("service_account") { "" } else { "service_account = \"file:account.json\"\n" };
        let pinned = format!("dkim_keys = {{ \"{}\" = \"{}\" }}\n", self.google.key_name(), self.google.record());
        let mail = if mail.contains("dkim_keys") { mail.to_owned() } else { pinned + mail };
        let server =
            if keys.contains("[server]") { String::new() } else { format!("[server]\nlisten = \"{listen}\"\n") };
        format!(
            "[store]\nurl = \"sqlite:statused.db\"\n\n{server}\n\
             [[sink]]\nid = \"ci\"\ntype = \"webhook\"\nurl = \"{hook}\"\nsecret = \"file:secret.txt\"\n\
             allow_http = true\nretries = 9\n\n\
             [[workflow]]\nid = \"all\"\nname = \"Everything\"\nsinks = [\"ci\"]\n\n\
             [[source]]\nid = \"{SOURCE}\"\ntype = \"google-play\"\nbase_url = \"{play}\"\nreporting_url = \"{play}\"\n\
             {keys}\n[source.mail]\n{mail}"
        )
    }

    /// A monitor that runs, and has taken the app as it found it.
    pub(super) async fn watched(&self) -> Process {
        let process = self.listening().await;
        self.ci.wait_for(1).await;
        self.looks(3).await;
        process
    }

    /// A monitor that runs.
    pub(super) async fn listening(&self) -> Process {
        let process = self.start();
        self.answers(&process).await;
        process
    }

    /// Waits until the routes are there: an earlier monitor has left its words in the log.
    pub(super) async fn answers(&self, process: &Process) {
        for _ in 0..2000 {
            if Client::new().get(format!("{}/health", self.base)).send().await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nobody listens: {}", process.log());
    }

    /// Waits until so many looks at the app have begun and ended from now on.
    pub(super) async fn looks(&self, count: usize) {
        let begun = || self.asked(Endpoint::OpenEdit);
        // The one under way does not count, and a look has ended when the next begins.
        let wanted = begun() + count + 1;
        until(|| format!("{count} looks"), || begun() >= wanted).await;
    }

    /// How often the app was asked for something.
    pub(super) fn asked(&self, endpoint: Endpoint) -> usize {
        let of_app = |package: &Option<String>| package.as_deref() == Some(PACKAGE);
        self.play.requests().iter().filter(|asked| asked.endpoint == endpoint && of_app(&asked.package)).count()
    }

    /// What was told, each event once: a monitor that was killed may repeat what it could not note as told.
    pub(super) fn events(&self) -> Vec<Hit> {
        let mut seen = BTreeSet::new();
        let taken = self.ci.taken().into_iter();
        taken.filter(|hit| hit.message() != welcome() && seen.insert(hit.id.clone())).collect()
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.events().iter().map(Hit::message).collect()
    }

    /// Waits until exactly this was told.
    pub(super) async fn tells(&self, process: &Process, expected: &[String]) {
        let told = || self.told();
        until(|| format!("{expected:#?}\n told: {:#?}\n{}", told(), process.log()), || told().len() >= expected.len())
            .await;
        assert_eq!(told(), expected);
    }

    pub(super) async fn get(&self, path: &str) -> reqwest::Response {
        Client::new().get(format!("{}{path}", self.base)).send().await.unwrap()
    }

    pub(super) async fn health(&self) -> Value {
        self.get("/health").await.json().await.unwrap()
    }

    /// What `/health` says of the mail.
    pub(super) async fn mail_health(&self) -> Value {
        self.health().await["mail"][SOURCE].clone()
    }

    /// Waits until `/health` says so.
    pub(super) async fn healthy(&self, what: &str, mut holds: impl FnMut(&Value) -> bool) -> Value {
        let end = std::time::Instant::now() + crate::support::PATIENCE;
        loop {
            let health = self.health().await;
            if holds(&health) {
                return health;
            }
            assert!(std::time::Instant::now() < end, "{what}: {health:#}");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// The value of a metric with these labels.
    pub(super) async fn metric(&self, name: &str) -> u64 {
        let page = self.get("/metrics").await.text().await.unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in {page}")).parse().unwrap()
    }

    /// Posts a mail, and returns the status.
    pub(super) async fn post(&self, mail: &[u8]) -> u16 {
        let url = format!("{}/sources/{SOURCE}/mail", self.base);
        let request = Client::new().post(url).header("content-type", "message/rfc822").body(mail.to_vec());
        request.send().await.unwrap().status().as_u16()
    }

    /// Google refuses the release, and says why.
    pub(super) fn refusal(&self) -> Vec<u8> {
        let letter = PolicyLetter::rejection("Acme", PACKAGE).issue("Violation of Content Ratings policy");
        self.google.send(&letter.codes([42]).draft())
    }

    /// Google warns of something.
    pub(super) fn warning(&self, issue: &str) -> Vec<u8> {
        self.google.send(&PolicyLetter::warning("Acme", PACKAGE).issue(issue).draft())
    }
}

/// The sentence of the app's change.
pub(super) fn now(status: &str) -> String {
    changed("Acme", status)
}

pub(super) fn rollout(share: u32) -> String {
    format!(
        "Your phased rollout is active and you are currently rolling out your app update to {share}% of your users."
    )
}
