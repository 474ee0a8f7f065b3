//! How the tables come into being, and whose they are.

use futures_util::future::join_all;
use statused_core::StateStore as _;
use statused_core::store::{HistoryQuery, StoreError, StoreErrorKind};

use crate::common::support::{Place as _, announcement, app};
use crate::place::{Schema, patient};
use crate::server::Address;

#[test]
fn an_address_is_taken_apart_and_put_together() {
    let whole = "postgres://me:hush@db.example.com:5433/state?application_name=a&sslmode=disable";
    let address = Address::parse(whole);
    assert_eq!(address.url(), whole);
    assert_eq!((address.user(), address.password(), address.place()), ("me", Some("hush"), "db.example.com:5433"));
    assert_eq!(Address::parse("postgresql://me@[::1]").url(), "postgres://me@[::1]:5432/me");
    let other = address.through("h:1").with_database("d").with_user("you").with_some_password("unasked");
    assert_eq!(other.with("sslmode=require").url(), "postgres://you:hush@h:1/d?application_name=a&sslmode=require");
    assert_eq!(Address::parse("postgres://me@h/d").with_some_password("p").url(), "postgres://me:p@h:5432/d");
}

async fn refused(place: &Schema) -> StoreError {
    patient(|| place.builder()).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_that_start_at_once_make_the_tables_once() {
    let Some(place) = Schema::new().await else { return };
    let stores = join_all((0..6).map(|_| patient(|| place.builder()))).await;
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
    let look = || patient(|| place.builder().create(false));
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
    let address = place.address().with_some_password("hunter2-unasked");
    let password = address.password().unwrap();
    let connect = async |address: Address| patient(|| place.builder_at(&address)).await.unwrap_err();
    let nobody = connect(address.through("127.0.0.1:1")).await;
    assert_eq!(nobody.kind, StoreErrorKind::Unavailable);
    let missing = connect(address.with_database("no_such_database")).await;
    assert_eq!(missing.kind, StoreErrorKind::Location);
    let stranger = connect(address.with_user("no_such_user")).await;
    assert_eq!(stranger.kind, StoreErrorKind::Location);
    let unsafe_name = place.builder().schema("a\"; DROP SCHEMA public; --").connect().await.unwrap_err();
    assert_eq!(unsafe_name.kind, StoreErrorKind::Location);

    let shown = format!("{:?}", place.builder_at(&address));
    let shown = format!("{shown}{:?}", patient(|| place.builder_at(&address)).await.unwrap());
    let errors = format!("{nobody:?}{missing:?}{stranger:?}{nobody}{missing}{stranger}");
    assert!(!format!("{shown}{errors}").contains(password), "{shown}{errors}");
    assert!(shown.contains(place.name()));
}

/// A test server has a certificate of its own making, which nobody vouches for, or none.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let Some(place) = Schema::new().await else { return };
    let raw = place.raw().await;
    let tls: String = raw.query_one("SHOW ssl", &[]).await.unwrap().get(0);
    let error = patient(|| place.builder_at(&place.address().with("sslmode=require"))).await.unwrap_err();
    assert!(error.message.contains(if tls == "on" { "certificate" } else { "TLS" }), "{error}");
}
