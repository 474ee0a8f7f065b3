//! What holds for every store.

pub(crate) mod comparison;
pub(crate) mod contract;
pub(crate) mod support;

/// A test for each part of the contract. The place is made anew for each; `None` skips it.
macro_rules! contract_tests {
    ($place:expr) => {
        contract_tests! { $place =>
            a_commit_lasts_in_all_its_parts
            a_conflict_names_the_aggregates_and_writes_nothing
            an_event_goes_to_a_sink_once
            what_is_delivered_is_what_was_committed_byte_for_byte
            a_lane_gives_its_earliest_one_at_a_time
            a_redelivery_does_not_overtake_an_open_claim_of_its_lane
            claims_come_in_the_order_of_their_due_time_and_tell_the_next
            a_settlement_counts_once_and_only_for_its_claim
            what_is_said_of_a_sink_lasts_until_it_is_revived
            a_redelivery_begins_anew_with_the_same_event_and_frees_the_sink
            a_lease_has_one_holder_at_a_time
            look_ups_give_the_newest_first
            pruning_leaves_what_is_pending_and_the_aggregates
            aggregates_are_listed_in_the_order_of_their_text
            one_unreadable_event_holds_up_only_its_lane
            a_closed_store_is_unavailable_and_its_place_is_free
        }
    };
    ($place:expr => $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                if let Some(place) = $place {
                    $crate::common::contract::$name(&place).await;
                }
            }
        )*
    };
}

pub(crate) use contract_tests;
