//! What is made of failures.

use super::*;

const KINDS: [SourceErrorKind; 5] = [
    SourceErrorKind::Transient,
    SourceErrorKind::Throttled,
    SourceErrorKind::Credentials,
    SourceErrorKind::Agreement,
    SourceErrorKind::BadData,
];

pub(super) async fn always_1_secrets_are_shown_nowhere<S: Stage>(stage: &S) -> Checked {
    let secrets = stage.secrets();
    if secrets.is_empty() {
        return Err(skip("the source is given no secret here"));
    }
    let mut watch = Watch::settled(stage).await?;
    let report = watch.poll().await?;
    let mut shown = format!("{:?} {report:?} {:?}", watch.source, watch.source.check().await);
    for kind in KINDS {
        if stage.play(Scene::Failing(kind)).await {
            let result = watch.poll().await;
            shown.push_str(&format!("{result:?} {:?}", watch.source.check().await));
            if let Err(error) = result {
                shown.push_str(&error.to_string());
            }
        }
    }
    let seen = secrets.iter().position(|secret| shown.contains(secret));
    // The secret itself is not for the report.
    same("the place in the list of the secret that shows", seen, None)
}

pub(super) async fn poll_8_a_failure_says_what_kind_it_is<S: Stage>(stage: &S) -> Checked {
    let mut watch = Watch::settled(stage).await?;
    let mut played = 0;
    for kind in KINDS {
        if !stage.play(Scene::Failing(kind)).await {
            continue;
        }
        played += 1;
        match watch.poll().await {
            Err(error) => same("the kind of failure", error.kind, kind)?,
            Ok(report) => return Err(fail(format!("{kind:?} is told as {report:?}"))),
        }
        plays(stage, Scene::First).await?;
        watch.until(&stage.first()).await?;
    }
    if played == 0 { Err(skip("the stage can play no failure")) } else { Ok(()) }
}

pub(super) async fn poll_9_a_wait_is_passed_on<S: Stage>(stage: &S) -> Checked {
    let asked = Duration::from_secs(120);
    let mut watch = Watch::settled(stage).await?;
    plays(stage, Scene::Throttled(asked)).await?;
    let Err(error) = watch.poll().await else { return Err(fail("a store that asks to wait is no failure")) };
    same("the kind of failure", error.kind, SourceErrorKind::Throttled)?;
    holds(error.retry_after >= Some(asked), || format!("a wait of {asked:?} becomes {:?}", error.retry_after))
}

pub(super) async fn check_2_what_is_not_is_a_line<S: Stage>(stage: &S) -> Checked {
    let mut played = 0;
    for kind in [SourceErrorKind::Credentials, SourceErrorKind::Transient, SourceErrorKind::BadData] {
        if stage.play(Scene::Failing(kind)).await {
            stage.set_clock(at(0));
            let lines = stage.source().check().await;
            holds(lines.iter().any(|line| !line.ok), || format!("{kind:?} is not told: {lines:?}"))?;
            played += 1;
        }
    }
    if played == 0 { Err(skip("the stage can play no failure")) } else { Ok(()) }
}
