//! What is made of a destination's answers.

use super::*;

pub(super) async fn always_1_secrets_are_shown_nowhere<D: Destination>(place: &D) -> Checked {
    let secrets = place.secrets();
    if secrets.is_empty() {
        return Err(skip("the sink is given no secret here"));
    }
    plays(place, Answer::Confirm).await?;
    let mut shown = format!("{:?} {:#?}", place.sink(), place.sink());
    for answer in [Answer::Echo, Answer::Absent, Answer::Rubbish, Answer::Gone, Answer::HangUp] {
        if place.play(answer).await {
            let outcome = place.sink().deliver(&place.notification()).await;
            shown.push_str(&format!("{outcome:?}"));
        }
    }
    let seen = secrets.iter().position(|secret| shown.contains(secret));
    // The secret itself is not for the report.
    same("the place in the list of the secret that shows", seen, None)
}

pub(super) async fn profile_1_it_can_be_kept_to<D: Destination>(place: &D) -> Checked {
    plays(place, Answer::Confirm).await?;
    let profile = place.sink().profile();
    holds(profile.concurrency > 0, || "it takes no call at all".to_owned())?;
    holds(!profile.timeout.is_zero(), || "a try has no time".to_owned())?;
    let rate = profile.rate.is_none_or(|rate| rate.permits > 0 && !rate.per.is_zero());
    holds(rate, || format!("its rate is never granted, or without end: {:?}", profile.rate))
}

pub(super) async fn deliver_1_success_means_that_it_was_taken<D: Destination>(place: &D) -> Checked {
    let outcome = tried(place, Answer::Confirm).await?;
    holds(outcome.is_success(), || format!("what the destination has taken is {outcome:?}"))?;
    holds(!place.received().await.is_empty(), || "nothing has arrived".to_owned())?;
    let wait = Answer::Wait(Duration::from_secs(60));
    let mut failures = 0;
    for answer in [Answer::Refuse, wait, Answer::Gone, Answer::Rubbish, Answer::Echo, Answer::HangUp, Answer::Absent] {
        if place.play(answer).await {
            let outcome = place.sink().deliver(&place.notification()).await;
            holds(!outcome.is_success(), || format!("{answer:?} is taken for a success: {outcome:?}"))?;
            failures += 1;
        }
    }
    if failures == 0 { Err(skip("the destination can play no failure")) } else { Ok(()) }
}

pub(super) async fn deliver_2_what_did_not_arrive_is_tried_again<D: Destination>(place: &D) -> Checked {
    let mut played = 0;
    for answer in [Answer::Absent, Answer::Refuse] {
        if place.play(answer).await {
            let outcome = place.sink().deliver(&place.notification()).await;
            let retry = matches!(outcome.verdict, Verdict::RetryAfter(_));
            holds(retry, || format!("{answer:?} is {outcome:?}"))?;
            played += 1;
        }
    }
    if played == 0 { Err(skip("the destination can neither be absent nor refuse")) } else { Ok(()) }
}

pub(super) async fn deliver_3_what_may_have_arrived_is_ambiguous<D: Destination>(place: &D) -> Checked {
    if place.looks_first() {
        return Err(skip("a delivery begins with a look, whose failure leaves no doubt"));
    }
    let outcome = tried(place, Answer::HangUp).await?;
    same("the verdict of a connection that broke after the request", outcome.verdict, Verdict::Ambiguous)
}

#[expect(clippy::disallowed_methods, reason = "whether it waits is the question")]
pub(super) async fn deliver_4_a_wait_is_passed_on<D: Destination>(place: &D) -> Checked {
    let asked = Duration::from_secs(60);
    plays(place, Answer::Wait(asked)).await?;
    let try_once = async { place.sink().deliver(&place.notification()).await };
    let Ok(outcome) = tokio::time::timeout(asked, try_once).await else {
        return Err(fail("it waits itself"));
    };
    match outcome.verdict {
        Verdict::RetryAfter(Some(wait)) => holds(wait >= asked, || format!("{wait:?} is less than {asked:?}")),
        verdict => Err(fail(format!("a wait of {asked:?} becomes {verdict:?}"))),
    }
}

pub(super) async fn deliver_5_what_is_gone_is_dead<D: Destination>(place: &D) -> Checked {
    let outcome = tried(place, Answer::Gone).await?;
    same("the verdict", outcome.verdict, Verdict::Dead)
}

#[expect(clippy::disallowed_methods, reason = "whether it ends is the question")]
pub(super) async fn deliver_11_an_answer_without_end_is_cut_off<D: Destination>(place: &D) -> Checked {
    plays(place, Answer::Endless).await?;
    let (sink, notification) = (place.sink(), place.notification());
    let try_once = sink.deliver(&notification);
    let ended = tokio::time::timeout(sink.profile().timeout, try_once).await;
    holds(ended.is_ok(), || "it reads on until it is stopped".to_owned())
}

pub(super) async fn deliver_12_redirects_are_not_followed<D: Destination>(place: &D) -> Checked {
    let outcome = tried(place, Answer::Redirect).await?;
    holds(!outcome.is_success(), || "it has delivered to where it was sent".to_owned())
}
