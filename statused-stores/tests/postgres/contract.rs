//! The contract, and what the PostgreSQL store promises beside it.

use crate::common::comparison;
use crate::common::contract_tests;
use crate::place::Schema;

contract_tests!(Schema::new().await);

#[tokio::test]
async fn any_sequence_of_operations_has_the_same_results() {
    for seed in 0..12 {
        let Some(place) = Schema::new().await else { return };
        comparison::any_sequence_of_operations_has_the_same_results(&place, seed).await;
    }
}
