//! Foreign input of every shape.

use chrono::{DateTime, TimeDelta};
use statused_core::model::{AggregateKey, Evidence, Status, SubjectKey};
use statused_core::source::{PollRequest, Scope};
use statused_core::testkit::hostile::withstands;
use statused_google::client::{ApiError, ApiErrorKind, AppFound, Lifecycle, TrackList, TrackRelease};
use statused_google::testkit::{Answers, PureSource};

/// Some JSON, out of the words that the real answers have.
fn json(rng: &mut fastrand::Rng, depth: u32) -> String {
    const WORDS: [&str; 12] = [
        "tracks",
        "track",
        "releases",
        "versionCodes",
        "status",
        "userFraction",
        "name",
        "activeArtifacts",
        "versionCode",
        "releaseLifecycleState",
        "completed",
        "RELEASE_LIFECYCLE_STATE_PUBLISHED",
    ];
    let word = |rng: &mut fastrand::Rng| format!("{:?}", WORDS[rng.usize(..WORDS.len())]);
    match rng.u32(..if depth == 0 { 7 } else { 10 }) {
        0 => "null".to_owned(),
        1 => "true".to_owned(),
        2 => rng.i64(-5..5).to_string(),
        3 => "1e400".to_owned(),
        4 => "0.5".to_owned(),
        5 => format!("\"{}\"", rng.u64(..9)),
        6 => word(rng),
        7 => format!("[{}]", (0..rng.u32(..4)).map(|_| json(rng, depth - 1)).collect::<Vec<_>>().join(",")),
        _ => {
            let fields: Vec<_> = (0..rng.u32(..5)).map(|_| format!("{}:{}", word(rng), json(rng, depth - 1))).collect();
            format!("{{{}}}", fields.join(","))
        }
    }
}

#[test]
fn no_json_makes_the_readers_panic() {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut read = 0;
    for _ in 0..20_000 {
        let text = json(&mut rng, 5);
        read += usize::from(serde_json::from_str::<TrackList>(&text).is_ok());
        read += usize::from(serde_json::from_str::<Lifecycle>(&text).is_ok());
        drop(serde_json::from_str::<AppFound>(&text));
    }
    assert!(read > 0, "some of it is readable");
}

/// Pages as Google sends them, spoiled.
#[test]
fn no_spoiled_page_makes_the_readers_panic() {
    let words = ["{", "[", "null", "\"releases\":", "1e400", "\\ud800", "99999999999999999999", "\"userFraction\":-1"];
    let tracks = r#"{"kind":"x","tracks":[{"track":"production","releases":[{"name":"1.0","versionCodes":["7","8"],
        "status":"inProgress","userFraction":0.1,"releaseNotes":[{"language":"en-US","text":"x"}]}]}]}"#;
    let lifecycle = r#"{"releases":[{"releaseLifecycleState":"RELEASE_LIFECYCLE_STATE_IN_REVIEW",
        "activeArtifacts":[{"versionCode":7}]}]}"#;
    let found = r#"{"name":"apps/com.acme.app","packageName":"com.acme.app","displayName":"Acme"}"#;
    let mut read = 0;
    withstands(&[tracks, lifecycle, found], &words, 20_000, |page| {
        read += usize::from(serde_json::from_slice::<TrackList>(page).is_ok());
        read += usize::from(serde_json::from_slice::<Lifecycle>(page).is_ok());
        read += usize::from(serde_json::from_slice::<AppFound>(page).is_ok());
    });
    assert!(read > 1000, "{read}");
    assert!(serde_json::from_str::<TrackList>(&"[".repeat(100_000)).is_err());
}

/// A store that says anything at all, or anything but that a release is published.
struct Chaos(fastrand::Rng, bool);

const STATES: [&str; 9] = [
    "DRAFT",
    "NOT_SENT_FOR_REVIEW",
    "IN_REVIEW",
    "APPROVED_NOT_PUBLISHED",
    "NOT_APPROVED",
    "PUBLISHED",
    "",
    "X",
    "IN_REVIEW",
];

impl Chaos {
    fn error(&mut self) -> ApiError {
        use ApiErrorKind::*;
        let kinds = [Unreachable, Server, Quota, Forbidden, NotFound, NoSuchMethod, EditGone, BadData, Disabled];
        ApiError::new(kinds[self.0.usize(..kinds.len())], "anywhere", "anything")
    }

    fn codes(&mut self) -> Vec<u64> {
        (0..self.0.u32(..3)).map(|_| self.0.u64(..6)).collect()
    }
}

impl Answers for Chaos {
    fn search(&mut self) -> Result<Vec<AppFound>, ApiError> {
        if self.0.u8(..4) == 0 {
            return Err(self.error());
        }
        Ok((0..self.0.u32(..4)).map(|n| AppFound::new(format!("com.acme.app{n}"), "")).collect())
    }

    fn tracks(&mut self, _: &str) -> Result<TrackList, ApiError> {
        if self.0.u8(..8) == 0 {
            return Err(self.error());
        }
        let mut list = TrackList::new();
        for _ in 0..self.0.u32(..4) {
            let releases: Vec<_> = (0..self.0.u32(..4))
                .map(|_| {
                    let status = ["draft", "inProgress", "halted", "completed", "", "new"][self.0.usize(..6)];
                    let release = TrackRelease::new(self.codes(), status);
                    if self.0.bool() { release.to_fraction(self.0.f64() * 2.0 - 0.5) } else { release }
                })
                .collect();
            list = list.with(["production", "beta", ""][self.0.usize(..3)], releases);
        }
        Ok(list)
    }

    fn lifecycle(&mut self, _: &str, _: &str) -> Result<Lifecycle, ApiError> {
        if self.0.u8(..4) == 0 {
            return Err(self.error());
        }
        let mut list = Lifecycle::new();
        for _ in 0..self.0.u32(..4) {
            let codes = self.codes();
            let state = STATES[self.0.usize(..STATES.len())];
            let state = if state == "PUBLISHED" && !self.1 { "IN_REVIEW" } else { state };
            list = list.with(codes, format!("RELEASE_LIFECYCLE_STATE_{state}"));
        }
        Ok(list)
    }
}

#[test]
fn no_answer_makes_the_source_panic_or_say_two_things() {
    for seed in 0..200 {
        let mut store = Chaos(fastrand::Rng::with_seed(seed), seed % 2 == 0);
        let mut source = PureSource::new(Vec::<String>::new());
        let mut checkpoint = None;
        let mut now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for _ in 0..200 {
            now += TimeDelta::seconds(store.0.i64(-60..900));
            let mut request = PollRequest::new("acme".into(), now);
            request.checkpoint.clone_from(&checkpoint);
            if store.0.u8(..4) == 0 {
                request.scope = Scope::Named;
                let app = AggregateKey::App("acme".into(), "com.acme.app1".into());
                request.verify = vec![(app.clone(), SubjectKey::release("production", &[1]))];
                request.hints.extend(store.0.bool().then_some(app));
            }
            if store.0.u8(..20) == 0 {
                source.restart();
            }
            let Ok(report) = source.poll(&request, &mut store) else { continue };
            for sighting in report.sightings.values() {
                let mut subjects: Vec<_> = sighting.observations.iter().map(|seen| &seen.subject).collect();
                subjects.sort();
                let all = subjects.len();
                subjects.dedup();
                assert_eq!(subjects.len(), all, "one word for each subject, seed {seed}");
                for seen in &sighting.observations {
                    let out = matches!(
                        seen.status,
                        Status::Live
                            | Status::RolloutFinished
                            | Status::RolloutInProgress
                            | Status::RolloutHalted
                            | Status::ReplacedWithNewVersion
                    );
                    assert!(!out || (seen.evidence == Evidence::Effective && store.1), "seed {seed}: {seen:?}");
                }
            }
            assert!(report.checkpoint.as_ref().is_some_and(|it| it.0.len() < 20_000), "seed {seed}");
            checkpoint = report.checkpoint;
        }
    }
}
