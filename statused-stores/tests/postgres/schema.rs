//! How the tables come into being, and whose they are.

use futures_util::future::join_all;
use statused_core::StateStore as _;
use statused_core::store::{HistoryQuery, StoreError, StoreErrorKind};
use statused_stores::PostgresStore;

use crate::common::support::{Place as _, announcement, app};
use crate::place::Schema;

async fn refused(place: &Schema) -> StoreError {
    place.builder().connect().await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_start_at_once_make_the_tables_once() {
    let Some(place) = Schema::new().await else { return };
    let stores = join_all((0..6).map(|_| place.builder().connect())).await;
    for (number, store) in (0..).zip(&stores) {
        let store = store.as_ref().unwrap();
        store.commit(announcement(number, &number.to_string(), 0, &["hook"])).await.unwrap();
    }
    let last = stores.last().unwrap().as_ref().unwrap();
    assert_eq!(last.history(HistoryQuery::default()).await.unwrap().len(), 6);
}

#[tokio::test]
async fn a_newer_version_is_used_as_long_as_it_allows_it() {
    let Some(place) = Schema::new().await else { return };
    place.open().await.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    place.execute("UPDATE statused_schema SET version = 1000; ALTER TABLE deliveries ADD later text").await;
    let store = place.open().await;
    store.commit(announcement(2, "one", 1, &["hook"])).await.unwrap();
    assert_eq!(store.load(&[app("one")]).await.unwrap()[0].version, 2);

    place.execute("UPDATE statused_schema SET oldest_program = 1000").await;
    let error = refused(&place).await;
    assert_eq!(error.kind, StoreErrorKind::Newer);
    assert!(error.message.contains("update this program"), "{error}");
}

#[tokio::test]
async fn somebody_elses_tables_are_left_alone() {
    let Some(place) = Schema::new().await else { return };
    place.execute(&format!("CREATE SCHEMA {}", place.name())).await;
    place.execute("CREATE TABLE events (id int)").await;
    let error = refused(&place).await;
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.contains("left as it is"), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
    let count: i64 = place.raw().await.query_one(tables, &[&place.name()]).await.unwrap().get(0);
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_schema_that_is_there_and_empty_is_taken() {
    let Some(place) = Schema::new().await else { return };
    place.execute(&format!("CREATE SCHEMA {}", place.name())).await;
    place.open().await.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
}

#[tokio::test]
async fn a_tool_that_only_looks_changes_nothing() {
    let Some(place) = Schema::new().await else { return };
    let look = || place.builder().create(false).connect();
    let error = look().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Other);
    assert!(error.message.contains("no tables yet"), "{error}");
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = $1";
    let count: i64 = place.raw().await.query_one(schemas, &[&place.name()]).await.unwrap().get(0);
    assert_eq!(count, 0);

    place.open().await.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    assert_eq!(look().await.unwrap().history(HistoryQuery::default()).await.unwrap().len(), 1);
    place.execute("UPDATE statused_schema SET version = 0").await;
    let error = look().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Other);
    assert!(error.message.contains("older version"), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_the_way_there_is_said_without_the_password() {
    let Some(place) = Schema::new().await else { return };
    let server = place.server();
    let connect = async |url: String| PostgresStore::connect(url).await.unwrap_err();
    let nobody = connect("postgres://me:hunter2@127.0.0.1:1/db".to_owned()).await;
    assert_eq!(nobody.kind, StoreErrorKind::Unavailable);
    let missing = connect(format!("postgres://postgres:hunter2@{server}/no_such_database")).await;
    assert_eq!(missing.kind, StoreErrorKind::Location);
    let stranger = connect(format!("postgres://no_such_user:hunter2@{server}/postgres")).await;
    assert_eq!(stranger.kind, StoreErrorKind::Location);
    let unsafe_name = place.builder().schema("a\"; DROP SCHEMA public; --").connect().await.unwrap_err();
    assert_eq!(unsafe_name.kind, StoreErrorKind::Location);

    let builder = PostgresStore::builder(format!("postgres://postgres:hunter2@{server}/test")).schema(place.name());
    let shown = format!("{builder:?}");
    let shown = format!("{shown}{:?}", builder.connect().await.unwrap());
    let errors = format!("{nobody:?}{missing:?}{stranger:?}{nobody}{missing}{stranger}");
    assert!(!format!("{shown}{errors}").contains("hunter2"), "{shown}{errors}");
    assert!(shown.contains(place.name()));
}

/// The test server has a certificate of its own making, which nobody vouches for.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let Some(place) = Schema::new().await else { return };
    let raw = place.raw().await;
    let tls: String = raw.query_one("SHOW ssl", &[]).await.unwrap().get(0);
    let error = PostgresStore::connect(format!("{}?sslmode=require", place.url())).await.unwrap_err();
    assert!(error.message.contains(if tls == "on" { "certificate" } else { "TLS" }), "{error}");
}
