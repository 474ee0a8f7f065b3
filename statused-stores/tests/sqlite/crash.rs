//! A process that is killed, and a disk that takes no more: in a child process, since both are the end of one.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use statused_core::StateStore as _;
use statused_core::model::DeliveryId;
use statused_core::store::{ClaimRequest, CommitError, DeliveryQuery, HistoryQuery, StoreErrorKind};
use statused_stores::SqliteStore;
use tokio::task::JoinSet;

use crate::common::support::{announcement, app, at, claim, ids};
use crate::place::Folder;

/// Names the database to the child.
const DATABASE: &str = "STATUSED_STORES_TEST_DATABASE";

/// What the child writes to its parent before a number.
const COMMITTED: &str = "committed ";

fn child(test: &str, place: &Folder) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(DATABASE, place.path()).stdout(Stdio::piped());
    child
}

fn database() -> Option<PathBuf> {
    std::env::var_os(DATABASE).map(PathBuf::from)
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

/// The numbers that the child says are committed.
fn committed(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.filter_map(|line| line.unwrap().strip_prefix(COMMITTED)?.parse().ok())
}

/// Commits without end. Does nothing unless it is the child.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_until_killed() {
    let Some(path) = database() else { return };
    let store = Arc::new(SqliteStore::open(path).unwrap());
    store.commit(announcement(0, "claimed", 0, &["held"])).await.unwrap();
    assert_eq!(claim(&*store, "held", 1).await.len(), 1);
    let next = Arc::new(AtomicU64::new(1));
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let (store, next) = (Arc::clone(&store), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                store.commit(announcement(number, &number.to_string(), 0, &["hook"])).await.unwrap();
                tell(&format!("{COMMITTED}{number}"));
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_nothing_is_there_by_half() {
    for enough in [1, 50, 500] {
        let place = Folder::new();
        let mut child = child("crash::commit_until_killed", &place).spawn().unwrap();
        let mut numbers = committed(&mut child);
        let mut acknowledged: Vec<_> = numbers.by_ref().take(enough).collect();
        child.kill().unwrap();
        // What it had still said.
        acknowledged.extend(numbers);
        child.wait().unwrap();
        assert!(acknowledged.len() >= enough);

        let store = place.open();
        let keys: Vec<_> = acknowledged.iter().map(|number| app(&number.to_string())).collect();
        assert_eq!(store.load(&keys).await.unwrap().len(), keys.len());
        let aggregates = store.list(None, usize::MAX).await.unwrap().len();
        let history = store.history(HistoryQuery::default().with_limit(usize::MAX)).await.unwrap().len();
        let deliveries = store.deliveries(DeliveryQuery::default().with_limit(usize::MAX)).await.unwrap().len();
        assert_eq!((history, deliveries), (aggregates, aggregates));

        assert_eq!(ids(&claim(&store, "held", 1).await), [1], "what was in flight is given again at once");
        let pending = ClaimRequest::new("hook".into(), at(1), usize::MAX, at(60));
        assert_eq!(store.claim(pending).await.unwrap().claims.len() + 1, deliveries);
        let check: String = place.raw().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }
}

/// Commits until the disk takes no more, then lives on. Does nothing unless it is the child.
#[tokio::test]
async fn commit_until_full() {
    let Some(path) = database() else { return };
    let store = SqliteStore::open(path).unwrap();
    for number in 0.. {
        let name = number.to_string();
        match store.commit(announcement(number, &name, 0, &["hook"])).await {
            Ok(()) => tell(&format!("{COMMITTED}{number}")),
            Err(CommitError::Failed(error)) => {
                tell(&format!("failed {:?}", error.kind));
                assert!(store.load(&[app(&name)]).await.unwrap().is_empty());
                assert_eq!(store.load(&[app("0")]).await.unwrap().len(), 1);
                let claims = claim(&store, "hook", 1).await;
                assert_eq!(claims[0].id, DeliveryId(1));
                tell("lives on");
                return;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// The commit itself fails here, when the log is written, and not a statement before it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_commit_that_cannot_be_written_has_surely_failed() {
    let place = Folder::new();
    drop(place.open());
    let test = child("crash::commit_until_full", &place);
    // A process that ignores SIGXFSZ gets an error from the write that makes a file too long.
    let mut child = Command::new("sh");
    child.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" \"$@\""]);
    child.arg(test.get_program()).args(test.get_args()).env(DATABASE, place.path()).stdout(Stdio::piped());
    let output = child.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains(&format!("failed {:?}", StoreErrorKind::Unavailable)), "{said}");
    assert!(said.contains("lives on"), "{said}");
    let acknowledged = said.lines().filter(|line| line.starts_with(COMMITTED)).count();
    assert!(acknowledged > 0);
    assert_eq!(place.open().list(None, usize::MAX).await.unwrap().len(), acknowledged);
}
