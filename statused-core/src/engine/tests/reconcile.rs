//! Looks: what is news, what is old, and what is doubted.

use super::*;
use crate::model::Evidence;

use Status::{
    InReview, PendingDeveloperRelease, PrepareForSubmission, Processing, ReadyForSale, Rejected, RolloutFinished,
    RolloutInProgress, RolloutPaused, Valid, WaitingForReview,
};

#[test]
fn the_quiet_start_takes_everything_as_it_is_found() {
    let found = vec![version("v1", ReadyForSale), rollout("v1", RolloutInProgress, 5), build("b1", Valid)];
    let mut watch = Watch::of(found.clone());
    assert!(watch.wrote, "what was found is remembered");
    assert_eq!(watch.look(found), [""; 0]);
    assert!(!watch.wrote, "no news, no write");
}

#[test]
fn a_new_subject_after_the_quiet_start_is_announced() {
    let mut watch = Watch::of(vec![version("v1", ReadyForSale)]);
    let seen = vec![version("v1", ReadyForSale), version("v2", PrepareForSubmission), build("b1", Processing)];
    assert_eq!(watch.look(seen.clone()), ["v2 PREPARE_FOR_SUBMISSION", "b1 PROCESSING"]);
    assert_eq!(watch.look(seen), [""; 0]);
    assert!(!watch.wrote);
}

#[test]
fn what_was_born_long_before_the_quiet_start_is_old_and_what_is_slow_to_appear_is_not() {
    for (birth, told) in [(-1000, 0), (-61, 0), (-60, 1), (0, 1), (500, 1)] {
        let mut watch = Watch::of(vec![born(version("v1", ReadyForSale), 0)]);
        let seen = vec![born(version("v2", InReview), birth)];
        assert_eq!(watch.look(seen).len(), told, "born at minute {birth}");
    }
}

#[test]
fn what_has_ended_before_it_was_seen_is_taken_silently() {
    let mut watch = Watch::of(vec![version("v1", ReadyForSale)]);
    assert_eq!(watch.look(vec![version("v0", Status::ReplacedWithNewVersion)]), [""; 0]);
    assert!(watch.wrote, "but it is remembered");
}

#[test]
fn a_child_begins_as_loudly_as_its_parent() {
    // Found, then under watch: what is the child's first sight?
    let cases: [(Observation, Option<Observation>, Observation, &[&str]); 8] = [
        (version("1", ReadyForSale), None, rollout("1", RolloutInProgress, 5), &[]),
        (version("1", PendingDeveloperRelease), None, rollout("1", RolloutInProgress, 1), &[]),
        (
            version("1", PendingDeveloperRelease),
            Some(version("1", ReadyForSale)),
            rollout("1", RolloutInProgress, 1),
            &["1 ROLLOUT_IN_PROGRESS 1%"],
        ),
        // Its rollout may have begun before the watch, whatever happened to it since.
        (version("1", ReadyForSale), Some(version("1", Status::RemovedFromSale)), rollout("1", RolloutPaused, 5), &[]),
        (build("1", Valid), None, beta("1", Status::InBetaTesting), &[]),
        (
            build("1", Processing),
            Some(build("1", Valid)),
            beta("1", Status::WaitingForBetaReview),
            &["1 WAITING_FOR_BETA_REVIEW"],
        ),
        (build("1", Processing), None, beta("1", Status::WaitingForBetaReview), &[]),
        (build("1", Valid), Some(build("1", Status::Expired)), beta("1", Status::BetaApproved), &[]),
    ];
    for (found, then, child, told) in cases {
        let what = format!("{found:?} {then:?} {child:?}");
        let mut watch = Watch::of(vec![found.clone()]);
        let parent = then.unwrap_or(found);
        watch.look(vec![parent.clone()]);
        assert_eq!(watch.look(vec![parent, child]), told, "{what}");
    }
    // A parent that was never seen has no loud children.
    let mut watch = Watch::of(vec![version("1", ReadyForSale)]);
    assert_eq!(watch.look(vec![rollout("2", RolloutInProgress, 1)]), [""; 0]);
}

#[test]
fn an_initial_status_is_silent_and_what_follows_is_not() {
    let mut watch = Watch::of(vec![build("1", Processing)]);
    watch.look(vec![build("1", Valid)]);
    let first = beta("1", Status::ReadyForBetaSubmission).as_initial(true);
    assert_eq!(watch.look(vec![first]), [""; 0]);
    assert_eq!(watch.look(vec![beta("1", Status::WaitingForBetaReview)]), ["1 WAITING_FOR_BETA_REVIEW"]);
}

#[test]
fn details_are_merged_and_what_is_missing_overwrites_nothing() {
    let key = SubjectKey::new(SubjectKind::Build, "b1");
    let with = |version: Option<&str>, number: Option<&str>, birth: i64| {
        let mut seen = born(build("b1", Processing), birth);
        seen.details.version = version.map(str::to_owned);
        seen.details.build = number.map(str::to_owned);
        seen
    };
    let mut watch = Watch::of(vec![with(Some("1.0"), None, 10)]);
    watch.look(vec![with(None, Some("5"), 99)]);
    assert!(watch.wrote);
    assert_eq!(watch.details(&key).version.as_deref(), Some("1.0"));
    assert_eq!(watch.details(&key).build.as_deref(), Some("5"));
    assert_eq!(watch.details(&key).born_at, Some(at(10)), "a build's birth does not change");
    watch.look(vec![build("b1", Processing)]);
    assert!(!watch.wrote, "a look that shows less is no news");
    assert_eq!(watch.look(vec![build("b1", Valid)]), ["b1 VALID"]);
    assert_eq!(watch.details(&key).version.as_deref(), Some("1.0"));
}

#[test]
fn a_reason_does_not_outlive_its_status() {
    let key = SubjectKey::new(SubjectKind::Version, "v1");
    let mut watch = Watch::of(vec![version("v1", InReview)]);
    let mut refused = version("v1", Rejected);
    refused.details.reason = Some("UNRESOLVED_ISSUES".to_owned());
    watch.look(vec![refused]);
    assert_eq!(watch.details(&key).reason.as_deref(), Some("UNRESOLVED_ISSUES"));
    watch.look(vec![version("v1", ReadyForSale)]);
    assert_eq!(watch.details(&key).reason, None);
}

#[test]
fn a_name_that_is_missing_stays_and_a_new_one_is_learnt() {
    let mut watch = Watch::of(vec![version("v1", ReadyForSale)]);
    let known = watch.known.clone().unwrap();
    assert_eq!(known.app.name.as_deref(), Some("MyApp"));
    let look = |app: AppInfo| reconcile(Some(&known), &Sighting::new().with_app(app), &BTreeSet::new(), at(9));
    assert!(look(AppInfo::new()).is_none());
    let renamed = look(AppInfo::new().with_name("Ours")).unwrap().aggregate;
    assert_eq!(renamed.app.name.as_deref(), Some("Ours"));
    watch.look(vec![]);
    assert!(!watch.wrote, "an empty page is no news");
}

#[test]
fn a_step_back_is_held_until_a_second_look() {
    let back = vec![version("v1", WaitingForReview)];
    let still = vec![version("v1", InReview)];

    let mut watch = Watch::of(still.clone());
    assert_eq!(watch.look(back.clone()), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    // The pages of a list may all be stale: neither does a repeat convince, nor does a list resolve the doubt.
    assert_eq!(watch.look(back.clone()), [""; 0]);
    assert!(!watch.wrote);
    assert_eq!(watch.look(still.clone()), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(still.clone()), [""; 0], "it was stale");
    assert_eq!(watch.doubts(), 0);

    let mut watch = Watch::of(still.clone());
    watch.look(back.clone());
    assert_eq!(watch.second_look(back), ["v1 WAITING_FOR_REVIEW"], "it was true");
    assert_eq!(watch.doubts(), 0);

    let mut watch = Watch::of(still);
    watch.look(vec![version("v1", WaitingForReview)]);
    assert_eq!(watch.second_look(vec![version("v1", Rejected)]), ["v1 REJECTED"], "the later look says what it is");
}

#[test]
fn the_doubt_of_a_subject_that_is_gone_goes_with_it() {
    let mut watch = Watch::of(vec![version("v", Rejected)]);
    assert_eq!(watch.look(vec![version("v", InReview)]), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(vec![]), [""; 0]);
    assert_eq!(watch.doubts(), 0, "or it would be looked for for ever");
}

#[test]
fn a_return_to_a_status_that_was_left_is_held_whatever_its_rank() {
    let mut watch = Watch::of(vec![version("v1", ReadyForSale), rollout("v1", RolloutInProgress, 5)]);
    assert_eq!(watch.look(vec![rollout("v1", RolloutPaused, 5)]), ["v1 ROLLOUT_PAUSED 5%"]);
    assert_eq!(watch.look(vec![rollout("v1", RolloutInProgress, 5)]), [""; 0]);
    assert_eq!(watch.second_look(vec![rollout("v1", RolloutInProgress, 5)]), ["v1 ROLLOUT_IN_PROGRESS 5%"]);
}

#[test]
fn a_rollout_grows_at_once_and_shrinks_only_on_a_second_look() {
    let mut watch = Watch::of(vec![version("v1", ReadyForSale), rollout("v1", RolloutInProgress, 5)]);
    assert_eq!(watch.look(vec![rollout("v1", RolloutInProgress, 10)]), ["v1 ROLLOUT_IN_PROGRESS 10%"]);
    assert_eq!(watch.look(vec![rollout("v1", RolloutInProgress, 5)]), [""; 0]);
    assert_eq!(watch.doubts(), 1);
    assert_eq!(watch.second_look(vec![rollout("v1", RolloutInProgress, 10)]), [""; 0]);
    assert_eq!(watch.look(vec![rollout("v1", RolloutFinished, 100)]), ["v1 ROLLOUT_FINISHED 100%"]);
}

#[test]
fn a_status_that_nobody_knows_yet_passes() {
    let moon = || version("v1", Status::from_code("WAITING_FOR_THE_MOON"));
    let mut watch = Watch::of(vec![version("v1", InReview)]);
    assert_eq!(watch.look(vec![moon(), build("b1", Valid)]), ["v1 WAITING_FOR_THE_MOON", "b1 VALID"]);
    assert_eq!(watch.look(vec![version("v1", ReadyForSale)]), ["v1 READY_FOR_SALE"]);
}

#[test]
fn the_developers_declaration_never_makes_a_release_live() {
    let declared = |status| {
        let mut seen = version("v1", status);
        seen.evidence = Evidence::Declared;
        seen
    };
    let mut watch = Watch::of(vec![version("v1", InReview)]);
    assert_eq!(watch.look(vec![declared(ReadyForSale)]), [""; 0]);
    assert!(!watch.wrote);
    assert_eq!(watch.look(vec![declared(PendingDeveloperRelease)]), [""; 0], "nor takes the place of what is known");
    assert_eq!(watch.look(vec![version("v1", ReadyForSale)]), ["v1 READY_FOR_SALE"]);
}

#[test]
fn skipped_states_are_not_invented() {
    let mut watch = Watch::of(vec![version("v1", WaitingForReview)]);
    assert_eq!(watch.look(vec![version("v1", ReadyForSale)]), ["v1 READY_FOR_SALE"]);
    let (transition, _) = &watch.last.as_ref().unwrap().transitions[0];
    assert_eq!((transition.from.clone(), transition.sequence), (Some(WaitingForReview), 1));
}

#[test]
fn a_doubtful_first_sight_is_told_once_a_second_look_agrees() {
    let first = || build("b1", Processing).as_doubtful();
    for (second, told) in [(Processing, "b1 PROCESSING"), (Valid, "b1 VALID")] {
        let mut watch = Watch::of(vec![version("v1", ReadyForSale)]);
        assert_eq!(watch.look(vec![first()]), [""; 0]);
        assert_eq!((watch.doubts(), watch.wrote), (1, true));
        assert_eq!(watch.second_look(vec![build("b1", second.clone())]), [told]);
        let (transition, _) = &watch.last.as_ref().unwrap().transitions[0];
        assert_eq!((transition.from.clone(), transition.sequence), (None, 1), "it was nothing before");
        assert_eq!(watch.look(vec![build("b1", second)]), [""; 0]);
        assert!(!watch.wrote);
    }
}
