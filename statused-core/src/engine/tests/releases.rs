//! Releases on Google's tracks: what is so, and what the developer says.

use super::*;

use Status::{
    Approved, Completed, Draft, Halted, InProgress, InReview, Live, Rejected, RolloutFinished, RolloutHalted,
    RolloutInProgress,
};

fn at_percent(seen: Observation, percent: u32) -> Observation {
    seen.with_share(Share::percent(percent))
}

#[test]
fn a_release_lives_through_review_approval_and_rollout() {
    let mut watch = Watch::of(vec![]);
    for (seen, told) in [
        (release(42, Draft), "production/42 DRAFT"),
        (release(42, InReview), "production/42 IN_REVIEW"),
        (release(42, Approved), "production/42 APPROVED"),
        (at_percent(release(42, RolloutInProgress), 5), "production/42 ROLLOUT_IN_PROGRESS 5%"),
        (at_percent(release(42, RolloutInProgress), 20), "production/42 ROLLOUT_IN_PROGRESS 20%"),
        (at_percent(release(42, RolloutHalted), 20), "production/42 ROLLOUT_HALTED 20%"),
    ] {
        assert_eq!(watch.look(vec![seen]), [told]);
    }
    let resumed = || vec![at_percent(release(42, RolloutInProgress), 20)];
    assert_eq!(watch.look(resumed()), [""; 0], "a stale page would look the same");
    assert_eq!(watch.second_look(resumed()), ["production/42 ROLLOUT_IN_PROGRESS 20%"]);
    assert_eq!(
        watch.look(vec![at_percent(release(42, RolloutFinished), 100)]),
        ["production/42 ROLLOUT_FINISHED 100%"]
    );
    assert_eq!(watch.look(vec![release(42, Halted)]), ["production/42 HALTED 100%"], "also after the end");
}

#[test]
fn alone_a_declaration_is_told_as_one() {
    let mut watch = Watch::of(vec![]);
    assert_eq!(watch.look(vec![at_percent(declared(42, InProgress), 5)]), ["production/42 IN_PROGRESS 5%"]);
    let evidence = |watch: &Watch| watch.last.as_ref().unwrap().transitions[0].0.evidence;
    assert_eq!(evidence(&watch), Evidence::Declared);
    assert_eq!(watch.look(vec![declared(42, Completed)]), ["production/42 COMPLETED"], "and never as live");
    assert_eq!(watch.look(vec![release(42, Live)]), ["production/42 LIVE"]);
    assert_eq!(evidence(&watch), Evidence::Effective);
}

#[test]
fn a_declaration_says_nothing_of_a_release_under_review() {
    for status in [InReview, Approved, Rejected] {
        let mut watch = Watch::of(vec![release(42, status)]);
        for said in [Completed, InProgress, Halted, Draft, Live] {
            assert_eq!(watch.look(vec![at_percent(declared(42, said), 5)]), [""; 0]);
            assert!(!watch.wrote);
        }
    }
}

#[test]
fn of_a_release_that_is_out_a_declaration_tells_how_far() {
    let mut watch = Watch::of(vec![at_percent(release(42, RolloutInProgress), 5)]);
    let look = |watch: &mut Watch, seen| watch.look(vec![seen]);
    assert_eq!(look(&mut watch, at_percent(declared(42, InProgress), 20)), ["production/42 ROLLOUT_IN_PROGRESS 20%"]);
    assert_eq!(look(&mut watch, declared(42, Halted)), ["production/42 ROLLOUT_HALTED 20%"]);
    assert_eq!(look(&mut watch, declared(42, Completed)), ["production/42 ROLLOUT_FINISHED 100%"]);
    assert_eq!(look(&mut watch, declared(42, Completed)), [""; 0], "live and completed are the same");
    assert_eq!(look(&mut watch, declared(42, Halted)), ["production/42 HALTED 100%"]);

    let mut watch = Watch::of(vec![release(42, Live)]);
    assert_eq!(look(&mut watch, declared(42, Completed)), [""; 0]);
    assert_eq!(look(&mut watch, declared(42, Halted)), ["production/42 HALTED"], "there was no rollout");
    assert_eq!(watch.second_look(vec![declared(42, Completed)]), [""; 0]);
    assert_eq!(watch.second_look(vec![declared(42, Completed)]), ["production/42 LIVE"]);
}

#[test]
fn the_share_of_a_rollout_does_not_stay_behind() {
    let mut watch = Watch::of(vec![]);
    watch.look(vec![at_percent(declared(42, InProgress), 5)]);
    assert_eq!(watch.look(vec![release(42, InReview)]), ["production/42 IN_REVIEW"]);
    assert_eq!(watch.look(vec![release(42, Live)]), ["production/42 LIVE"]);
}

#[test]
fn that_a_release_is_complete_changes_only_one_that_was_halted_or_is_rolled_out() {
    use Status::ReplacedWithNewVersion;
    let mut watch = Watch::of(vec![release(42, ReplacedWithNewVersion)]);
    assert_eq!(watch.look(vec![declared(42, Completed)]), [""; 0]);
    let mut named = declared(42, Completed);
    named.details.name = Some("Winter".to_owned());
    assert_eq!(watch.look(vec![named]), [""; 0]);
    let known = &watch.known.as_ref().unwrap().subjects[&SubjectKey::release("production", &[42])];
    assert_eq!((&known.status, known.details.name.as_deref()), (&ReplacedWithNewVersion, Some("Winter")));
}
