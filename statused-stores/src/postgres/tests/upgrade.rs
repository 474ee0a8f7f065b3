//! Programs of two versions on the same tables.

use futures_util::future::try_join_all;
use statused_core::StateStore as _;
use statused_core::model::AggregateKey;
use statused_core::store::{AggregateWrite, Commit, CommitError, StoreErrorKind};
use tokio_postgres::Client;

use super::Bench;
use super::server::connect;
use crate::PostgresStore;
use crate::postgres::schema::{TABLES, Tables};

const STEP: &str = "ALTER TABLE deliveries ADD COLUMN later text; CREATE TABLE later (id bigint PRIMARY KEY)";

/// The next version, which only adds.
const NEXT: Tables = Tables { steps: &[TABLES.steps[0], STEP], oldest_program: 1 };

/// One that programs of this version cannot work with.
const BREAKING: Tables = Tables { steps: NEXT.steps, oldest_program: 2 };

async fn client(bench: &Bench) -> Client {
    connect(&bench.address).await.unwrap()
}

async fn version(bench: &Bench) -> i32 {
    bench.raw.query_one("SELECT version FROM statused_schema", &[]).await.unwrap().get(0)
}

fn commit(version: u64) -> Commit {
    let mut commit = Commit::new(chrono::Utc::now());
    let key = AggregateKey::App("acme".into(), "one".into());
    commit.aggregates.push(AggregateWrite::new(key, version, "{}".to_owned()));
    commit
}

/// Before a new version of the tables is written, its predecessor has to be named here.
#[test]
fn the_next_version_is_the_next() {
    assert_eq!(NEXT.version(), TABLES.version() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_and_new_that_start_at_once_on_nothing_agree() {
    let Some(bench) = Bench::new().await else { return };
    for round in 0..5 {
        bench.raw.batch_execute(&format!("DROP SCHEMA {} CASCADE", bench.schema)).await.unwrap();
        let starts = (0..6).map(|number| {
            let (tables, bench) = (if (number + round) % 2 == 0 { TABLES } else { NEXT }, &bench);
            async move { tables.prepare(&client(bench).await, &bench.schema, "here", true).await }
        });
        try_join_all(starts).await.unwrap();
        assert_eq!(version(&bench).await, NEXT.version());
    }
    // The older one works with what the newer one has made.
    let old = PostgresStore::builder(bench.address.url()).schema(&bench.schema).connect().await.unwrap();
    old.commit(commit(0)).await.unwrap();
    old.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_runs_goes_on_while_a_newer_one_changes_the_tables() {
    let Some(bench) = Bench::new().await else { return };
    let newer = client(&bench).await;
    let mut version = 0;
    {
        let upgrade = NEXT.prepare(&newer, &bench.schema, "here", true);
        tokio::pin!(upgrade);
        loop {
            tokio::select! {
                upgraded = &mut upgrade => break upgraded.unwrap(),
                written = bench.store.commit(commit(version)) => {
                    written.unwrap();
                    version += 1;
                }
            }
        }
    }
    // One may have been dropped on its way, and be written after the version is read.
    for written_meanwhile in [true, false] {
        let known = bench.store.load(&[AggregateKey::App("acme".into(), "one".into())]).await.unwrap();
        match bench.store.commit(commit(known.first().map_or(0, |stored| stored.version))).await {
            Err(CommitError::Conflict(_)) if written_meanwhile => {}
            other => {
                other.unwrap();
                break;
            }
        }
    }
}

#[tokio::test]
async fn one_that_cannot_go_on_says_so_as_soon_as_it_connects_again() {
    let Some(bench) = Bench::new().await else { return };
    let running = PostgresStore::builder(bench.address.with(&format!("application_name={}", bench.schema)).url());
    let running = running.schema(&bench.schema).connect().await.unwrap();
    running.commit(commit(0)).await.unwrap();
    BREAKING.prepare(&client(&bench).await, &bench.schema, "here", true).await.unwrap();
    let start = PostgresStore::builder(bench.address.url()).schema(&bench.schema).connect().await.unwrap_err();
    assert_eq!(start.kind, StoreErrorKind::Newer);

    // Whoever upgrades ends the others' sessions.
    let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = $1";
    assert!(!bench.raw.query(end, &[&bench.schema]).await.unwrap().is_empty());
    let kinds = async || match running.commit(commit(1)).await {
        Err(CommitError::Failed(error) | CommitError::Unknown(error)) => error.kind,
        other => panic!("{other:?}"),
    };
    // A session that has just ended may be met first.
    let mut kind = kinds().await;
    for _ in 0..3 {
        if kind == StoreErrorKind::Unavailable {
            kind = kinds().await;
        }
    }
    assert_eq!(kind, StoreErrorKind::Newer);
}
