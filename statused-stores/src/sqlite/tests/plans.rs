//! No statement may grow slower with what lies in the tables.

use rusqlite::{Connection, ToSql};
use tempfile::TempDir;

use crate::SqliteStore;
use crate::sqlite::sql;

/// Statements that may walk through a table, and why.
const MAY_SCAN: &[(&str, &str)] = &[
    ("SINKS", "asks for all of a small table"),
    ("DELIVERIES", "walks back from the newest and stops at the limit"),
    ("DELIVERED", "walks back from the newest and stops at the limit; most deliveries are delivered"),
];

fn plan(db: &Connection, statement: &str) -> Vec<String> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let nothing = vec![&rusqlite::types::Null as &dyn ToSql; explain.parameter_count()];
    explain.query_map(&*nothing, |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_statement_finds_its_rows_by_an_index_in_their_order() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    let db = Connection::open(store.path()).unwrap();
    let mut bad = Vec::new();
    for (name, statement) in sql::ALL {
        let plan = plan(&db, statement);
        let may_scan = MAY_SCAN.iter().any(|(allowed, _)| allowed == name);
        // A row of constants is no table.
        let scans = plan.iter().any(|step| step.starts_with("SCAN") && step != "SCAN CONSTANT ROW");
        let sorts =
            plan.iter().any(|step| ["TEMP B-TREE", "AUTOMATIC", "MULTI-INDEX"].iter().any(|word| step.contains(word)));
        if scans != may_scan || sorts {
            bad.push((name, plan));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn the_hot_statements_use_the_indexes_that_are_meant_for_them() {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path().join("state.db")).unwrap();
    let db = Connection::open(store.path()).unwrap();
    for (statement, index) in [
        (sql::DUE_LANES, "lanes_due"),
        (sql::REFRESH_LANE, "deliveries_in_lane"),
        (sql::LIST_EVENT, "events_by_uuid"),
        (sql::DELIVERY_EXISTS, "events_by_uuid"),
        (sql::HISTORY, "events_by_time"),
        (sql::HISTORY_OF_APP, "events_by_app"),
        (sql::DELIVERIES_OF_SINK, "deliveries_by_sink"),
        (sql::DELIVERIES_OPEN, "deliveries_by_state"),
        (sql::DELIVERIES_OPEN_OF_SINK, "deliveries_by_state"),
        (sql::OLD_DELIVERIES, "deliveries_settled"),
        (sql::OLD_EVENTS, "events_by_time"),
    ] {
        let plan = plan(&db, statement);
        assert!(plan.iter().any(|step| step.contains(index)), "{statement}: {plan:?}");
    }
}
