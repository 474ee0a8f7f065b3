//! The table of the front page, row by row.

use crate::support::*;

/// What is told of a release whose lifecycle is just read.
async fn row(state: &str, declared: Option<(&str, Option<f64>)>) -> Option<String> {
    let mut watch = watch().await;
    let release = watch.release("1.0", 1).state(state);
    match declared {
        Some((status, fraction)) => release.declare(status, fraction),
        None => {
            // A newer declaration takes its place in the developer's list, and is not published itself.
            watch.release("1.1", 2).in_review();
            release.declare("completed", None)
        }
    };
    told(&watch.poll().await, 1)
}

#[tokio::test]
async fn what_the_two_views_come_to() {
    let completed = Some(("completed", None));
    let staged = Some(("inProgress", Some(0.05)));
    let halted = Some(("halted", None));
    let halted_at = Some(("halted", Some(0.2)));
    let draft = Some(("draft", None));
    let rows = [
        ("DRAFT", draft, Some("DRAFT")),
        ("DRAFT", completed, None),
        ("NOT_SENT_FOR_REVIEW", completed, Some("NOT_SENT_FOR_REVIEW")),
        ("NOT_SENT_FOR_REVIEW", staged, Some("NOT_SENT_FOR_REVIEW")),
        ("IN_REVIEW", completed, Some("IN_REVIEW")),
        ("IN_REVIEW", staged, Some("IN_REVIEW")),
        ("IN_REVIEW", halted, Some("IN_REVIEW")),
        ("IN_REVIEW", draft, Some("IN_REVIEW")),
        ("APPROVED_NOT_PUBLISHED", completed, Some("APPROVED")),
        ("APPROVED_NOT_PUBLISHED", staged, Some("APPROVED")),
        ("NOT_APPROVED", completed, Some("REJECTED")),
        ("NOT_APPROVED", staged, Some("REJECTED")),
        ("PUBLISHED", completed, Some("LIVE")),
        ("PUBLISHED", staged, Some("ROLLOUT_IN_PROGRESS 5%")),
        ("PUBLISHED", Some(("inProgress", None)), Some("ROLLOUT_IN_PROGRESS")),
        ("PUBLISHED", halted, Some("HALTED")),
        ("PUBLISHED", halted_at, Some("ROLLOUT_HALTED 20%")),
        ("PUBLISHED", Some(("halted", Some(1.0))), Some("HALTED")),
        ("PUBLISHED", draft, None),
        ("PUBLISHED", Some(("statusUnspecified", None)), None),
        ("PUBLISHED", Some(("pausedByStore", None)), Some("PAUSED_BY_STORE")),
        ("UNSPECIFIED", completed, None),
        ("WAITING_FOR_THE_MOON", completed, Some("WAITING_FOR_THE_MOON")),
        ("IN_REVIEW", None, Some("IN_REVIEW")),
        ("NOT_APPROVED", None, Some("REJECTED")),
        ("PUBLISHED", None, None),
    ];
    for (state, declared, expected) in rows {
        assert_eq!(row(state, declared).await.as_deref(), expected, "{state} and {declared:?}");
    }
}
