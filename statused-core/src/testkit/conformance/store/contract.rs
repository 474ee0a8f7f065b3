//! The bullets of the contract and the functions that try them, in the order of the trait's documentation.

pub(super) use super::always::*;
pub(super) use super::claims::*;
pub(super) use super::commits::*;
pub(super) use super::leases::*;
pub(super) use super::lookups::*;
pub(super) use super::marking::*;
pub(super) use super::pruning::*;
pub(super) use super::redelivery::*;
pub(super) use super::settling::*;

#[doc(hidden)]
#[macro_export]
macro_rules! __store_contract {
    ($callback:ident $args:tt) => {
        $crate::$callback! { $args
            always_1_reading_writes_nothing "store.always.1"
            always_2_two_handles_see_the_same_or_one_is_refused "store.always.2"
            always_3_secrets_are_shown_nowhere "store.always.3"
            always_4_what_is_acknowledged_lasts "store.always.4"
            always_5_any_sequence_has_the_results_of_the_tables "store.always.5"
            load_1_what_exists_is_given_as_it_was_last_written "store.load.1"
            list_1_every_aggregate_comes_once_in_the_order_of_its_text "store.list.1"
            list_2_a_page_is_full_unless_it_is_the_last "store.list.2"
            checkpoint_1_the_last_one_of_the_source_is_given_to_the_letter "store.checkpoint.1"
            commit_1_all_of_it_is_there "store.commit.1"
            commit_2_all_of_it_lasts "store.commit.2"
            commit_3_another_version_is_a_conflict_that_names_the_aggregates "store.commit.3"
            commit_4_a_conflict_writes_nothing "store.commit.4"
            commit_5_of_several_at_once_one_succeeds "store.commit.5"
            commit_6_one_that_is_dropped_is_whole_or_absent "store.commit.6"
            commit_7_an_event_is_in_the_history_once "store.commit.7"
            commit_8_an_event_goes_to_a_sink_once "store.commit.8"
            commit_9_deliveries_are_due_at_once_and_numbered_upwards "store.commit.9"
            commit_10_another_checkpoint_is_a_conflict "store.commit.10"
            claim_1_only_what_is_due_to_the_sink_is_given "store.claim.1"
            claim_2_a_lane_gives_its_earliest_or_nothing "store.claim.2"
            claim_3_a_lane_with_an_open_claim_gives_nothing "store.claim.3"
            claim_4_a_claim_that_was_lost_is_given_anew "store.claim.4"
            claim_5_the_earliest_due_comes_first_up_to_the_limit "store.claim.5"
            claim_6_the_next_time_is_told "store.claim.6"
            claim_7_what_was_committed_is_given_to_the_byte "store.claim.7"
            claim_8_two_at_once_are_not_given_the_same "store.claim.8"
            settle_1_only_the_last_claims_token_counts_and_once "store.settle.1"
            settle_2_a_claim_that_has_run_out_still_counts "store.settle.2"
            settle_3_for_good_ends_the_delivery_and_frees_its_lane "store.settle.3"
            settle_4_again_waits_at_the_head_of_its_lane "store.settle.4"
            settle_5_what_it_says_of_the_sink_is_kept_with_it "store.settle.5"
            sink_states_1_what_was_last_said_of_each_sink_is_given "store.sink_states.1"
            revive_1_it_frees_the_sink_and_says_whether_it_was_held "store.revive.1"
            redeliver_1_a_settled_one_begins_anew_as_the_same "store.redeliver.1"
            redeliver_2_a_pending_one_is_due_at_once "store.redeliver.2"
            redeliver_3_it_frees_the_sink "store.redeliver.3"
            redeliver_4_one_that_is_not_there_changes_nothing "store.redeliver.4"
            redeliver_5_it_waits_for_the_open_claim_of_its_lane "store.redeliver.5"
            lease_1_a_name_has_one_holder "store.lease.1"
            lease_2_the_holder_may_renew_it "store.lease.2"
            lease_3_it_is_free_when_it_ends "store.lease.3"
            lease_4_names_are_apart "store.lease.4"
            lease_5_of_several_at_once_one_gets_it "store.lease.5"
            history_1_the_newest_comes_first "store.history.1"
            history_2_app_time_and_limit_narrow_it_together "store.history.2"
            deliveries_1_the_newest_comes_first "store.deliveries.1"
            deliveries_2_number_sink_state_and_limit_narrow_it_together "store.deliveries.2"
            prune_1_what_is_old_and_settled_goes_and_is_counted "store.prune.1"
            prune_2_what_is_pending_stays_whole "store.prune.2"
            prune_3_what_is_known_stays "store.prune.3"
        }
    };
}
