//! No statement may grow slower with what lies in the tables.

use tokio_postgres::SimpleQueryMessage;

use super::Bench;
use crate::postgres::session::PLANS;
use crate::postgres::sql;

/// The only statement that walks through a table: it asks for all of a small one.
const MAY_SCAN: &str = "SINKS";

/// Statements that put a few rows in order, at most as many as were asked for, or as one commit brings.
const MAY_SORT: &[&str] = &[
    "LOCK_AGGREGATES",
    "ADD_AGGREGATES",
    "ADD_EVENTS",
    "ADD_LANES",
    "LOCK_LANES",
    "ADD_DELIVERIES",
    "PUT_CHECKPOINTS",
    "ADD_CHECKPOINTS",
    "CLAIM",
    "LOCK_LANES_OF",
    "SETTLE",
];

/// The plan of every statement, as a session of the store would have it.
async fn plans(bench: &Bench) -> Vec<(&'static str, Vec<String>)> {
    bench.raw.batch_execute(PLANS).await.unwrap();
    let mut plans = Vec::new();
    for (name, statement) in sql::ALL {
        let prepare = format!("DEALLOCATE ALL; PREPARE it AS {statement}");
        bench.raw.batch_execute(&prepare).await.unwrap();
        let count = "SELECT cardinality(parameter_types)::int FROM pg_prepared_statements WHERE name = 'it'";
        let count: i32 = bench.raw.query_one(count, &[]).await.unwrap().get(0);
        let nothing = vec!["NULL"; usize::try_from(count).unwrap()].join(", ");
        let nothing = if nothing.is_empty() { nothing } else { format!("({nothing})") };
        let explain = format!("EXPLAIN (COSTS OFF) EXECUTE it{nothing}");
        let lines = bench.raw.simple_query(&explain).await.unwrap().into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
            _ => None,
        });
        plans.push((*name, lines.collect()));
    }
    plans
}

fn faults(name: &str, plan: &[String]) -> Vec<String> {
    let forbidden = |line: &&String| {
        let scans = line.contains("Seq Scan") && name != MAY_SCAN;
        let sorts = line.contains("Sort") && !line.contains("Sort Key") && !MAY_SORT.contains(&name);
        scans || sorts || ["Bitmap", "Hash Join", "Merge Join"].iter().any(|word| line.contains(word))
    };
    let mut faults: Vec<String> = plan.iter().filter(forbidden).cloned().collect();
    // An index that is walked from end to end is no better than the table.
    for (place, line) in plan.iter().enumerate().filter(|(_, line)| line.contains("Index") && line.contains(" using "))
    {
        if !plan.get(place + 1).is_some_and(|next| next.contains("Index Cond")) {
            faults.push(line.clone());
        }
    }
    faults
}

async fn check(bench: &Bench) {
    let plans = plans(bench).await;
    let bad: Vec<_> = plans
        .iter()
        .filter(|(name, plan)| !faults(name, plan).is_empty())
        .map(|(name, plan)| (name, faults(name, plan), plan))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    let claim = &plans.iter().find(|(name, _)| *name == "CLAIM").unwrap().1;
    let count = |word| claim.iter().filter(|line| line.contains(word)).count();
    // The free, the idle and the busy lanes; what is sorted is what is given.
    assert_eq!((count("using lanes_due"), count("Sort Key: g.due_at")), (3, 1), "{claim:#?}");
    assert_eq!(count("Sort Key"), 1, "{claim:#?}");
    for (name, index) in [
        ("FILL_LANES", "deliveries_in_lane"),
        ("REFRESH_LANES", "deliveries_in_lane"),
        ("LISTED", "events_listed"),
        ("QUEUED", "deliveries_uuid_sink_key"),
        ("HISTORY", "events_by_time"),
        ("HISTORY_OF_APP", "events_by_app"),
        ("DELIVERIES_OF_SINK", "deliveries_by_sink"),
        ("DELIVERED_TO_SINK", "deliveries_by_sink"),
        ("DELIVERIES_OPEN", "deliveries_by_state"),
        ("DELIVERIES_OPEN_OF_SINK", "deliveries_by_state"),
        ("PRUNE_DELIVERIES", "deliveries_settled"),
        ("PRUNE_HISTORY", "events_by_time"),
        ("PRUNE_BODIES", "deliveries_uuid_sink_key"),
    ] {
        let plan = &plans.iter().find(|(known, _)| *known == name).unwrap().1;
        assert!(plan.iter().any(|line| line.contains(index)), "{name}: {plan:#?}");
    }
}

/// A session plans while the tables are new, and lives on while they grow; another one begins when they are large.
#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index_whether_the_tables_are_new_or_large() {
    let Some(bench) = Bench::new().await else { return };
    check(&bench).await;
    let fill = "
        INSERT INTO aggregates SELECT 'app:acme/' || n, 1, '{}' FROM generate_series(1, 20000) n;
        INSERT INTO events SELECT n, gen_random_uuid(), true, n % 100, n, '{}' FROM generate_series(1, 50000) n;
        INSERT INTO lanes (sink, aggregate, head, due_at)
            SELECT 'hook', n, CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 2 = 0 THEN n END
            FROM generate_series(1, 20000) n;
        INSERT INTO deliveries (lane, sink, event, uuid, workflow, state, attempts, created_at, settled_at)
            SELECT 1 + n % 20000, 'hook', n, gen_random_uuid(), 'w',
                CASE n % 10 WHEN 0 THEN 'pending' WHEN 1 THEN 'dead' ELSE 'delivered' END, 0, n, n
            FROM generate_series(1, 50000) n;
        ANALYZE";
    bench.raw.batch_execute(fill).await.unwrap();
    check(&bench).await;
}
