//! The bullets of the contract and the functions that try them, in the order of the trait's documentation.

pub(super) use super::answers::*;
pub(super) use super::repeats::*;

#[doc(hidden)]
#[macro_export]
macro_rules! __sink_contract {
    ($callback:ident $args:tt) => {
        $crate::$callback! { $args
            always_1_secrets_are_shown_nowhere "sink.always.1"
            profile_1_it_can_be_kept_to "sink.profile.1"
            deliver_1_success_means_that_it_was_taken "sink.deliver.1"
            deliver_2_what_did_not_arrive_is_tried_again "sink.deliver.2"
            deliver_3_what_may_have_arrived_is_ambiguous "sink.deliver.3"
            deliver_4_a_wait_is_passed_on "sink.deliver.4"
            deliver_5_what_is_gone_is_dead "sink.deliver.5"
            deliver_6_it_tries_once "sink.deliver.6"
            deliver_7_a_repeat_is_the_same_request "sink.deliver.7"
            deliver_8_whatever_an_event_carries_is_delivered "sink.deliver.8"
            deliver_9_as_many_at_once_as_it_says "sink.deliver.9"
            deliver_10_a_try_that_is_dropped_does_no_harm "sink.deliver.10"
            deliver_11_an_answer_without_end_is_cut_off "sink.deliver.11"
            deliver_12_redirects_are_not_followed "sink.deliver.12"
        }
    };
}
