//! The bullets of the contract and the functions that try them, in the order of the trait's documentation.

pub(super) use super::failing::*;
pub(super) use super::looks::*;
pub(super) use super::steady::*;

#[doc(hidden)]
#[macro_export]
macro_rules! __source_contract {
    ($callback:ident $args:tt) => {
        $crate::$callback! { $args
            always_1_secrets_are_shown_nowhere "source.always.1"
            account_1_it_stays_the_same "source.account.1"
            interval_1_it_stays_the_same_and_is_some_time "source.interval.1"
            poll_1_what_the_store_shows_is_told "source.poll.1"
            poll_2_looks_carry_the_time_of_their_poll "source.poll.2"
            poll_3_aggregates_belong_to_the_source "source.poll.3"
            poll_4_what_was_read_in_full_is_covered "source.poll.4"
            poll_5_what_could_not_be_read_is_left_out_and_said "source.poll.5"
            poll_6_of_what_is_to_be_verified_only_a_direct_look_is_told "source.poll.6"
            poll_7_nothing_is_told_that_was_not_named "source.poll.7"
            poll_8_a_failure_says_what_kind_it_is "source.poll.8"
            poll_9_a_wait_is_passed_on "source.poll.9"
            poll_10_no_news_is_no_new_checkpoint "source.poll.10"
            poll_11_a_restart_goes_on_from_the_checkpoint "source.poll.11"
            poll_12_a_checkpoint_that_cannot_be_read_is_not_the_end "source.poll.12"
            poll_13_a_poll_that_is_dropped_loses_nothing "source.poll.13"
            vitals_1_they_come_from_memory "source.vitals.1"
            check_1_what_is_in_order_is_said_to_be "source.check.1"
            check_2_what_is_not_is_a_line "source.check.2"
        }
    };
}
