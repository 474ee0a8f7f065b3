//! What holds for every store of ours.

pub(crate) mod ours;
pub(crate) mod support;

/// A test for each thing that our stores promise beside the contract. The place is made anew for each; `None` skips it.
macro_rules! tests_of_ours {
    ($place:expr) => {
        tests_of_ours! { $place =>
            a_newer_versions_aggregate_is_left_out
            one_unreadable_event_holds_up_only_its_lane
            pruning_leaves_no_body_and_no_try_behind
            a_closed_store_is_unavailable_and_its_place_is_free
        }
    };
    ($place:expr => $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                if let Some(place) = $place {
                    $crate::common::ours::$name(&place).await;
                }
            }
        )*
    };
}

pub(crate) use tests_of_ours;
