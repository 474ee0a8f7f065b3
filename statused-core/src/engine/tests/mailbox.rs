//! Which letters still count, and for what.

use crate::model::LetterKind;

use super::letters::{WHY, in_review, live, reason, rejection};
use super::*;

use Status::{Completed, Draft, InProgress, InReview, Live, Rejected};

const WEEK: i64 = 7 * 24 * 60;

/// The reason that is told when the API shows at `minute` that release 42 is refused, whose letters were put aside
/// because the API still showed a review at an hour.
fn told_after(letters: &[Letter], minute: i64) -> Option<String> {
    let in_review = |code| release(code, InReview).with_looked_at(at(2));
    let mut watch = Watch::of(vec![]);
    watch.look(vec![in_review(42), in_review(43)]);
    for letter in letters {
        assert_eq!(watch.letter(letter.clone()), [""; 0]);
        watch.minute -= 1;
    }
    watch.second_look(vec![release(42, InReview).with_looked_at(at(60)), release(43, InReview).with_looked_at(at(60))]);
    assert_eq!(watch.doubts(), 0, "the look was later than the letter");
    watch.minute = minute - 1;
    assert_eq!(watch.look(vec![release(42, Rejected), in_review(43)]), ["production/42 REJECTED"]);
    reason(&watch).map(str::to_owned)
}

#[test]
fn a_letter_that_was_put_aside_explains_the_refusal_that_the_api_shows_within_a_week() {
    let named = |code: u64| rejection("m1", 3).with_version_codes([code]);
    assert_eq!(told_after(&[named(42)], 90).as_deref(), Some(WHY));
    assert_eq!(told_after(&[named(43)], 90), None, "of another release");
    let approved = Letter::new("m1", LetterKind::Approved, at(3)).with_reason(WHY);
    assert_eq!(told_after(&[approved], 90), None, "not a refusal");
    assert_eq!(told_after(&[named(42)], 3 + WEEK - 1).as_deref(), Some(WHY));
    assert_eq!(told_after(&[named(42)], 3 + WEEK), None, "too old");
    let newer = rejection("m2", 4).with_version_codes([42]).with_reason("Newer");
    assert_eq!(told_after(&[newer, named(42)], 90).as_deref(), Some("Newer"));
}

#[test]
fn a_letter_explains_one_refusal() {
    let put_aside = || {
        let mut watch = in_review();
        watch.letter(rejection("m1", 3));
        watch.second_look(vec![release(42, InReview).with_looked_at(at(60))]);
        watch
    };
    let held = || {
        let mut watch = in_review();
        watch.letter(rejection("m1", 3));
        watch
    };
    for mut watch in [put_aside(), held()] {
        watch.minute = 90;
        assert_eq!(watch.look(vec![release(42, Rejected)]), ["production/42 REJECTED"]);
        assert_eq!(reason(&watch), Some(WHY));
        for (status, told) in [(InReview, "production/42 IN_REVIEW"), (Rejected, "production/42 REJECTED")] {
            watch.look(vec![release(42, status.clone())]);
            assert_eq!(watch.second_look(vec![release(42, status)]), [told]);
        }
        assert_eq!(reason(&watch), None, "nobody has explained the second one");
    }
}

#[test]
fn all_that_names_a_refusal_is_used_up_with_it() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3).with_version_codes([42]).with_reason("Older"));
    watch.minute -= 1;
    watch.letter(rejection("m2", 4));
    assert_eq!(watch.look(vec![release(42, Rejected)]), ["production/42 REJECTED"]);
    assert_eq!(reason(&watch), Some(WHY));
    for status in [InReview, Rejected] {
        watch.look(vec![release(42, status.clone())]);
        watch.second_look(vec![release(42, status)]);
    }
    assert_eq!((watch.last.as_ref().unwrap().transitions.len(), reason(&watch)), (1, None));
}

#[test]
fn a_refusal_that_was_put_aside_does_not_explain_an_approval() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3));
    watch.second_look(vec![release(42, InReview).with_looked_at(at(60))]);
    assert_eq!(watch.look(vec![release(42, Status::Approved)]), ["production/42 APPROVED"]);
    assert_eq!(reason(&watch), None);
}

#[test]
fn two_copies_of_a_refusal_tell_it_once() {
    let named = |letter: Letter| letter.with_version_codes([42]);
    let mut watch = in_review();
    watch.letter(named(rejection("m1", 3)));
    let told = watch.letter(named(rejection("m2", 4)));
    assert_eq!(told, ["production/42 REJECTED"], "written to another address");
    assert_eq!(watch.see(vec![], false, false), [""; 0]);
    let mut watch = in_review();
    watch.letter(named(Letter::new("m1", LetterKind::Rejected, at(3))));
    watch.minute -= 1;
    assert_eq!(watch.letter(named(rejection("m2", 4))), [""; 0]);
    assert_eq!(watch.see(vec![], false, false), ["production/42 REJECTED"]);
    assert_eq!(reason(&watch), Some(WHY), "what the second one adds is not lost");
}

#[test]
fn the_same_warning_is_told_again_after_a_week_and_the_same_mail_never() {
    let mut watch = Watch::of(vec![]);
    let warning = |id, minute| Letter::new(id, LetterKind::Warning, at(minute)).with_reason(WHY);
    assert_eq!(watch.letter(warning("m1", 3)), ["app ACTION_REQUIRED"]);
    assert_eq!(watch.letter(warning("m2", 3 + WEEK - 1)), [""; 0]);
    assert_eq!(watch.letter(warning("m3", 3 + WEEK)), [""; 0], "a minute after the second");
    let mut watch = Watch::of(vec![]);
    watch.letter(warning("m1", 3));
    assert_eq!(watch.letter(warning("m2", 3 + WEEK)), ["app ACTION_REQUIRED"]);
    watch.letter(warning("m3", 3 + WEEK + WEEK / 14).with_deadline("May 1"));
    assert_eq!(watch.letter(warning("m1", 3)), [""; 0], "a signature may last a week, and half a day is no longer");
}

#[test]
fn what_was_told_of_the_app_is_taken_for_the_release_only_if_it_was_its_refusal_within_a_week() {
    let shown = |letter: Letter, minute| {
        let mut watch = Watch::of(vec![release(42, Live)]);
        assert_eq!(watch.letter(letter).len(), 1, "told of the app");
        watch.minute = minute - 1;
        watch.look(vec![release(42, Live), release(43, Rejected)])
    };
    let refused = |codes: &[u64]| rejection("m1", 3).with_version_codes(codes.iter().copied());
    let told = ["production/43 REJECTED"];
    assert_eq!(shown(refused(&[43]), 3 + WEEK - 1), [""; 0]);
    assert_eq!(shown(refused(&[43]), 3 + WEEK), told);
    assert_eq!(shown(refused(&[44]), 9), told, "another release");
    let warning = Letter::new("m1", LetterKind::Warning, at(3)).with_version_codes([43]);
    assert_eq!(shown(warning, 9), told, "no refusal");
}

#[test]
fn what_was_written_more_than_five_minutes_before_the_watch_is_past() {
    let told = |at| Watch::of(vec![]).letter(Letter::new("m1", LetterKind::Suspended, at)).len();
    // The watch began with the first look, a minute after the hour.
    assert_eq!(told(at(1) - TimeDelta::minutes(5)), 1);
    assert_eq!(told(at(1) - TimeDelta::minutes(5) - TimeDelta::milliseconds(1)), 0);
    assert_eq!(told(at(1) - TimeDelta::minutes(60)), 0);
}

#[test]
fn an_approval_without_codes_waits_a_day_for_its_release_and_is_used_once() {
    let appeared = |minute: i64| {
        let mut watch = Watch::of(vec![]);
        assert_eq!(watch.letter(live("m1", 3)), [""; 0]);
        watch.minute = minute - 1;
        watch.look(vec![declared(42, InProgress)]);
        watch
    };
    let day = 24 * 60;
    assert_eq!(appeared(3 + day + 1).last.unwrap().transitions.len(), 1, "too late");
    let mut watch = appeared(3 + day);
    assert_eq!(watch.last.as_ref().unwrap().transitions.len(), 2, "in progress, and then out");
    watch.look(vec![declared(42, InProgress), declared(43, InProgress)]);
    assert_eq!(watch.last.unwrap().transitions.len(), 1, "the letter was about 42");
}

#[test]
fn an_approval_that_was_used_moves_no_other_release() {
    for waits in [false, true] {
        let mut watch = Watch::of(vec![]);
        if waits {
            watch.letter(live("m1", 1));
        }
        watch.look(vec![declared(42, InProgress)]);
        if !waits {
            assert_eq!(watch.letter(live("m1", 3)).len(), 1);
        }
        watch.look(vec![declared(42, InProgress), declared(43, InProgress)]);
        assert_eq!(watch.last.unwrap().transitions.len(), 1, "43 in progress; the letter was about 42");
    }
}

#[test]
fn a_refusal_that_waits_is_no_approval() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3));
    watch.second_look(vec![release(42, InReview).with_looked_at(at(60))]);
    assert_eq!(watch.look(vec![declared(43, InProgress)]), ["production/43 IN_PROGRESS"]);
}

#[test]
fn nothing_is_kept_of_letters_that_nobody_has_written() {
    assert!(!in_review().known.unwrap().to_json().contains("letters"));
}

#[test]
fn a_letter_that_waits_outlives_a_restart() {
    let mut watch = in_review();
    watch.letter(rejection("m1", 3));
    watch.restart();
    watch.second_look(vec![release(42, InReview).with_looked_at(at(60))]);
    watch.restart();
    assert_eq!(watch.look(vec![release(42, Rejected)]), ["production/42 REJECTED"]);
    assert_eq!(reason(&watch), Some(WHY));
}

#[test]
fn approvals_that_wait_are_used_up_one_by_one() {
    let mut watch = Watch::of(vec![]);
    for (id, code) in [("m1", 43), ("m2", 44)] {
        assert_eq!(watch.letter(live(id, 3).with_version_codes([code])), [""; 0]);
    }
    for code in [43, 44] {
        watch.look(vec![declared(code, InProgress)]);
        assert_eq!(watch.last.as_ref().unwrap().transitions.len(), 2, "{code} in progress, and then out");
    }
}

#[test]
fn a_reason_that_comes_days_after_the_refusal_has_to_name_it() {
    let late = |letter: Letter| {
        let mut watch = in_review();
        assert_eq!(watch.look(vec![release(42, Rejected).with_as_of(at(3))]), ["production/42 REJECTED"]);
        watch.letter(letter)
    };
    let days = 3 * 24 * 60;
    let explained = ["production/42 REJECTED explains 2"];
    assert_eq!(late(rejection("m1", 3 + days - 1)), explained);
    assert_eq!(late(rejection("m1", 3 + days)), ["app REJECTED"]);
    assert_eq!(late(rejection("m1", 3 + days).with_version_codes([42])), explained);
}

#[test]
fn a_refusal_without_codes_is_over_only_if_a_release_was_refused_and_has_moved_on_since() {
    let mut watch = in_review();
    watch.look(vec![release(42, Live)]);
    assert_eq!(watch.letter(rejection("m1", 2)), ["app REJECTED"], "no release was refused");
    let refused_and_out = || {
        let mut watch = in_review();
        for seen in [Rejected, Live] {
            watch.look(vec![release(42, seen.clone())]);
            watch.second_look(vec![release(42, seen).with_as_of(at(9))]);
        }
        watch
    };
    let out = refused_and_out().known.unwrap().subjects[&SubjectKey::release("production", &[42])].at;
    let refusal = |at| Letter::new("m1", LetterKind::Rejected, at).with_reason(WHY);
    assert_eq!(refused_and_out().letter(refusal(out - TimeDelta::milliseconds(1))), [""; 0]);
    assert_eq!(refused_and_out().letter(refusal(out)), ["app REJECTED"]);
}

#[test]
fn what_the_api_tells_a_letter_does_not() {
    let mut watch = in_review();
    assert_eq!(watch.letter(live("m1", 3)), [""; 0]);
    watch.look(vec![release(42, Rejected)]);
    assert_eq!(watch.letter(live("m2", 6)), [""; 0]);
    assert_eq!(watch.look(vec![release(42, Rejected)]), [""; 0]);
    let mut watch = Watch::of(vec![]);
    watch.look(vec![declared(41, Draft)]);
    assert_eq!(watch.letter(live("m1", 3)), [""; 0], "nobody has sent it");
}

#[test]
fn a_letter_moves_on_what_a_letter_has_told_before() {
    let by_letter = |first, second| {
        let mut watch = Watch::of(vec![]);
        watch.look(vec![declared(42, Completed)]);
        assert_eq!(watch.letter(first).len(), 1);
        watch.letter(second)
    };
    let approved = || Letter::new("m1", LetterKind::Approved, at(3));
    assert_eq!(by_letter(approved(), live("m2", 4)), ["production/42 LIVE"]);
    assert_eq!(by_letter(approved(), live("m2", 3)), [""; 0], "it does not come after it");
    assert_eq!(by_letter(rejection("m1", 3), live("m2", 4)), ["production/42 LIVE"], "sent again, and passed");
    assert_eq!(by_letter(live("m1", 3), live("m2", 4)), [""; 0], "it is out already");
}

#[test]
fn an_approval_without_codes_is_about_one_release_and_one_with_codes_about_all_that_have_them() {
    let two = |codes: [u64; 2]| {
        let mut watch = Watch::of(vec![]);
        let mut beta = declared(codes[1], Completed);
        beta.subject = SubjectKey::release("beta", &[codes[1]]);
        watch.look(vec![declared(codes[0], Completed), beta]);
        watch
    };
    assert_eq!(two([42, 43]).letter(live("m1", 3)), [""; 0], "which of them?");
    let told = ["beta/42 LIVE", "production/42 LIVE"];
    assert_eq!(two([42, 42]).letter(live("m1", 3).with_version_codes([42])), told);
}
