//! The contract of every store, and what ours promise beside it.

use statused_core::testkit::conformance::store::{check_all, compare};

use crate::common::tests_of_ours;
use crate::place::Schema;

statused_core::store_tests!(Schema::new().await.ok_or("there is no PostgreSQL server"));

tests_of_ours!(Schema::new().await);

#[tokio::test]
async fn everything_is_tried() {
    if Schema::new().await.is_none() {
        return;
    }
    let report = check_all(async || Schema::new().await.unwrap()).await;
    report.assert();
    assert_eq!(report.skipped().count(), 0, "{report}");
}

#[tokio::test]
async fn any_sequence_of_operations_has_the_same_results() {
    for seed in 1..12 {
        let Some(place) = Schema::new().await else { return };
        compare(&place, seed).await.unwrap_or_else(|difference| panic!("{difference}"));
    }
}
