//! The `monitor` example as a process: what it tells while it is killed again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use statused::apple::testkit::{FakeAppStoreConnect, FakeVersion};
use tempfile::TempDir;

use crate::receiver::{Hit, Receiver, Reply, SECRET};
use crate::support::{PATIENCE, changed, until};

/// A folder with a configuration, the fake store that it names, and the receiver.
pub(crate) struct Site {
    pub(crate) apple: FakeAppStoreConnect,
    pub(crate) ci: Receiver,
    folder: TempDir,
}

/// A monitor that runs. It is killed and reaped when this is dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program. `cargo test` builds examples before it runs tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(format!("monitor{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is missing: run `cargo build --example monitor`, or the whole `cargo test`",
        program.display()
    );
    program
}

impl Site {
    pub(crate) async fn new() -> Self {
        let (apple, ci) = (FakeAppStoreConnect::start().await.unwrap(), Receiver::start().await);
        let site = Self { apple, ci, folder: TempDir::new().unwrap() };
        std::fs::write(site.path("key.p8"), site.apple.private_key()).unwrap();
        std::fs::write(site.path("secret.txt"), SECRET).unwrap();
        site.configure("");
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The usual configuration; `more` goes before its tables.
    pub(crate) fn text(&self, more: &str) -> String {
        let (key, issuer) = (self.apple.key_id(), self.apple.issuer_id());
        let (base, hook) = (self.apple.base_url(), self.ci.url());
        format!(
            "{more}\n[store]\nurl = \"sqlite:statused.db\"\n\n\
             [[source]]\nid = \"acme\"\ntype = \"app-store-connect\"\nkey_id = \"{key}\"\nissuer_id = \"{issuer}\"\n\
             private_key = \"file:key.p8\"\npoll_every = \"30ms\"\nbase_url = \"{base}\"\n\n\
             [[sink]]\nid = \"ci\"\ntype = \"webhook\"\nurl = \"{hook}\"\nsecret = \"file:secret.txt\"\n\
             allow_http = true\nretries = 9\n\n\
             [[workflow]]\nid = \"all\"\nname = \"Everything\"\nsinks = [\"ci\"]\n"
        )
    }

    pub(crate) fn configure(&self, more: &str) {
        std::fs::write(self.path("statused.toml"), self.text(more)).unwrap();
    }

    fn command(&self, file: &str) -> Command {
        let mut command = Command::new(program());
        command.arg("--config").arg(self.path(file)).env_remove("RUST_LOG").stdin(Stdio::null());
        command
    }

    /// Starts the monitor.
    pub(crate) fn start(&self) -> Process {
        self.start_as("statused.toml", &[])
    }

    /// Starts the monitor with something in its environment.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Process {
        self.start_as("statused.toml", variables)
    }

    /// Starts a monitor with a configuration of its own.
    pub(crate) fn start_file(&self, file: &str) -> Process {
        self.start_as(file, &[])
    }

    fn start_as(&self, file: &str, variables: &[(&str, &str)]) -> Process {
        let log = self.path(&format!("{file}.log"));
        let errors = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.command(file);
        command.envs(variables.iter().copied());
        let child = command.arg("run").stdout(Stdio::null()).stderr(errors).spawn().unwrap();
        Process { child, log }
    }

    /// Runs a command to its end.
    pub(crate) async fn say(&self, words: &[&str]) -> Said {
        let mut command = tokio::process::Command::from(self.command("statused.toml"));
        let output = command.args(words).kill_on_drop(true).output();
        let output =
            tokio::time::timeout(PATIENCE, output).await.unwrap_or_else(|_| panic!("{words:?} hangs")).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Process {
    /// Kills it: no warning, no goodbye.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), None, "it ended by itself before it was killed: {}", self.log());
    }

    /// Asks it to end as service managers do, and waits.
    pub(crate) async fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        let (mut status, log) = (None, self.log.clone());
        until(
            || format!("the monitor has ended; {} says more", log.display()),
            || {
                status = self.child.try_wait().unwrap();
                status.is_some()
            },
        )
        .await;
        status.unwrap()
    }

    /// Sends a signal: `STOP` pauses it, `CONT` lets it go on.
    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(kill.success());
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, and been reaped.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn it_tells_each_change_once_and_ends_when_asked() {
    let site = Site::new().await;
    let version = site.apple.app("1", "MyApp", "com.acme.app").version("1.0");
    let process = site.start();
    site.ci.wait_for(1).await;
    let seen = site.apple.requests().len();
    until(|| process.log(), || site.apple.requests().len() > seen + 6).await;
    let mut expected = vec!["Your workflow Everything is active and watching for status changes.".to_owned()];
    for (state, label) in [("WAITING_FOR_REVIEW", "Waiting for Review"), ("IN_REVIEW", "In Review")] {
        version.state(state);
        expected.push(changed("MyApp", label));
        site.ci.wait_for(expected.len()).await;
    }
    assert_eq!(process.terminate().await.code(), Some(0));
    assert_eq!(site.ci.told(), expected);

    version.state("REJECTED");
    let process = site.start();
    expected.push(changed("MyApp", "Rejected"));
    site.ci.wait_for(expected.len()).await;
    assert_eq!(process.terminate().await.code(), Some(0));
    assert_eq!(site.ci.told(), expected);
    assert_eq!(site.ci.hits().len(), expected.len());
}

/// An app, and everything that was ever true of it.
struct Truth {
    version: FakeVersion,
    states: Vec<&'static str>,
}

/// Long enough that a state that comes round again was told in between.
pub(crate) const LIFE: [(&str, &str); 10] = [
    ("READY_FOR_REVIEW", "Ready for Review"),
    ("WAITING_FOR_REVIEW", "Waiting for Review"),
    ("IN_REVIEW", "In Review"),
    ("METADATA_REJECTED", "Metadata Rejected"),
    ("DEVELOPER_REJECTED", "Developer Rejected"),
    ("WAITING_FOR_EXPORT_COMPLIANCE", "Waiting for Export Compliance"),
    ("INVALID_BINARY", "Invalid Binary"),
    ("REJECTED", "Rejected"),
    ("PENDING_APPLE_RELEASE", "Pending Apple Release"),
    ("PENDING_DEVELOPER_RELEASE", "Pending Developer Release"),
];

impl Truth {
    fn goes_on(&mut self) {
        let (state, label) = LIFE[(self.states.len() - 1) % LIFE.len()];
        self.version.state(state);
        self.states.push(label);
    }
}

/// When to kill.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So many requests later.
    Request(usize),
    /// So many notifications later, the last of which is not answered.
    Unanswered(usize),
    /// So many notifications later.
    Answered(usize),
}

const MOMENTS: [Moment; 12] = [
    Moment::Request(1),
    Moment::Answered(1),
    Moment::Request(2),
    Moment::Unanswered(1),
    Moment::Request(3),
    Moment::Answered(2),
    Moment::Unanswered(2),
    Moment::Request(5),
    Moment::Unanswered(3),
    Moment::Answered(3),
    Moment::Request(8),
    Moment::Unanswered(1),
];

#[tokio::test]
async fn killed_at_any_moment_it_repeats_and_misses_nothing() {
    let site = Site::new().await;
    let mut truths: BTreeMap<String, Truth> = BTreeMap::new();
    for id in ["1", "2", "3"] {
        let version = site.apple.app(id, &format!("App {id}"), id).version("1.0");
        truths.insert(id.to_owned(), Truth { version, states: vec!["Prepare for Submission"] });
    }
    let mut process = site.start();
    site.ci.wait_for(1).await;
    let seen = site.apple.requests().len();
    until(|| process.log(), || site.apple.requests().len() > seen + 6).await;

    for moment in MOMENTS {
        let (requests, hits) = (site.apple.requests().len(), site.ci.hits().len());
        if let Moment::Unanswered(count) = moment {
            site.ci.script((1..count).map(|_| Reply::Status(200)).chain([Reply::Hang]));
        }
        truths.values_mut().for_each(Truth::goes_on);
        let come = || match moment {
            Moment::Request(count) => site.apple.requests().len() >= requests + count,
            Moment::Unanswered(count) | Moment::Answered(count) => site.ci.hits().len() >= hits + count,
        };
        until(|| format!("{moment:?}; the monitor said {}", process.log()), come).await;
        process.kill();
        // Something happens while nobody looks.
        truths.values_mut().next().unwrap().goes_on();
        process = site.start();
    }
    let last = |id: &str| site.ci.taken().iter().rfind(|hit| of_app(hit, id)).and_then(|hit| hit.data("status"));
    let complete = || truths.iter().all(|(id, truth)| last(id).as_deref() == truth.states.last().copied());
    until(|| format!("all final states; told: {:#?}, {}", site.ci.told(), process.log()), complete).await;
    assert_eq!(process.terminate().await.code(), Some(0));

    let hits = site.ci.hits();
    for (id, truth) in &truths {
        let mut seen = BTreeSet::new();
        let of_app: Vec<_> = hits.iter().filter(|hit| of_app(hit, id)).collect();
        let told: Vec<_> =
            of_app.iter().filter(|hit| seen.insert(&hit.id)).map(|hit| hit.data("status").unwrap()).collect();
        let repeats = of_app.len() - told.len();
        assert!(repeats <= MOMENTS.len(), "app {id}: {repeats} repeats, one can be on its way at each kill");
        let mut life = truth.states[1..].iter();
        assert!(told.iter().all(|status| life.any(|state| state == status)), "{told:?} of {:?}", truth.states);
        assert!(of_app.windows(2).all(|pair| pair[0].id == pair[1].id || !told_before(&of_app, pair)), "out of order");
    }
}

fn of_app(hit: &Hit, id: &str) -> bool {
    hit.data("app_id").as_deref() == Some(id)
}

/// Whether the second of two neighbours had its turn before the first.
fn told_before(hits: &[&Hit], pair: &[&Hit]) -> bool {
    let first = |id: &str| hits.iter().position(|hit| hit.id == id);
    first(&pair[1].id) < first(&pair[0].id)
}
