//! Events that carry too much, too little, or something nasty.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use uuid::Uuid;

use super::samples::at;
use crate::model::{
    AggregateKey, Event, EventData, EventKind, Evidence, Feedback, FeedbackKind, Notification, Problem, Status,
    SubjectKey, SubjectKind, TimeInReview,
};

/// Text that pings, links, steers and breaks out, wherever it is shown as it stands.
const NASTY: &str = "@everyone @here <!channel> <@U1> [x](https://e.vil) <b>\"'&\\`*_~|${X} {{x}} %s \u{1f680}\r\nBcc: a@e.vil\u{0}\u{1b}[2J\u{202e}";

/// Events of every kind, with any of their fields, in any words: the same ones for the same seed, without end.
///
/// Most are plausible, some have nothing but what an event must have, some carry text that is empty, very long, or does
/// something where it is shown without care.
pub fn events(seed: u64) -> impl Iterator<Item = Event> {
    let mut random = Rng::with_seed(seed);
    std::iter::repeat_with(move || event(&mut random))
}

/// The same as a workflow sends them.
pub fn notifications(seed: u64) -> impl Iterator<Item = Notification> {
    events(seed).map(|event| Notification::new(event, "workflow".into()))
}

fn one_of<T: Clone>(random: &mut Rng, choices: &[T]) -> T {
    choices[random.usize(0..choices.len())].clone()
}

/// The words of one event: all its text is of the same sort, or each of its own.
struct Words {
    /// How many of the fields that it may have it has, of eight.
    full: u32,
    nasty: u32,
}

impl Words {
    fn text(&self, random: &mut Rng, plain: &str) -> String {
        if random.u32(0..8) >= self.nasty {
            return plain.to_owned();
        }
        match random.u32(0..5) {
            0 => String::new(),
            1 => " \n\t".to_owned(),
            2 => "\u{e4}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}".repeat(random.usize(1..2000)),
            _ => NASTY.repeat(random.usize(1..80)),
        }
    }

    fn any<T>(&self, random: &mut Rng, make: impl FnOnce(&mut Rng) -> T) -> Option<T> {
        (random.u32(0..8) < self.full).then(|| make(random))
    }

    fn some(&self, random: &mut Rng, plain: &str) -> Option<String> {
        self.any(random, |random| self.text(random, plain))
    }
}

fn event(random: &mut Rng) -> Event {
    let kind = one_of(random, &EventKind::ALL);
    let words = Words { full: one_of(random, &[0, 4, 8]), nasty: one_of(random, &[0, 0, 1, 8]) };
    let time = at(random.i64(-1_000_000_000..1_000_000_000)) + TimeDelta::nanoseconds(random.i64(0..1_000_000_000));
    let id = Uuid::from_u128((random.u128(..) & !(0xf << 76) & !(0x3 << 62)) | (0x5 << 76) | (0x2 << 62));
    let aggregate = match kind {
        EventKind::Account => AggregateKey::Account("acme/\u{e4}%".into()),
        EventKind::Welcome | EventKind::Test => AggregateKey::Workflow("workflow".into()),
        _ => AggregateKey::App("acme".into(), one_of(random, &["1234567890", "com.acme.app", "a/b"]).into()),
    };
    let subject = SubjectKey::new(
        one_of(
            random,
            &[SubjectKind::Version, SubjectKind::Build, SubjectKind::Release, SubjectKind::Other("x".into())],
        ),
        random.u32(0..9).to_string(),
    );
    let data = data(random, &words, kind, &aggregate, time);
    Event::new(id, kind, aggregate, subject, time, data)
}

fn data(random: &mut Rng, words: &Words, kind: EventKind, aggregate: &AggregateKey, time: DateTime<Utc>) -> EventData {
    let known: Vec<_> = Status::known().chain([Status::Other("LOST_IN_SPACE".to_owned())]).collect();
    let status = one_of(random, &known);
    let is_status = !matches!(kind, EventKind::Feedback | EventKind::Welcome | EventKind::Test);
    EventData {
        message: words.text(random, "The status of your app MyApp changed to Ready for Sale"),
        version: words.some(random, "1.2.3"),
        status: if is_status { words.text(random, &status.label()) } else { String::new() },
        track: words.some(random, "Production"),
        user_distribution: words.some(random, "30%"),
        store_name: words.text(random, "App Store Connect"),
        status_color: words.text(random, status.color()),
        app_name: words.some(random, "MyApp"),
        app_icon_url: words.some(random, "https://example.com/icon.png"),
        internal_store_url: words.some(random, "https://example.com/console"),
        timestamp: words.text(random, &time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        status_code: is_status.then_some(status),
        previous_status: words.some(random, "In Review"),
        app_id: aggregate.app().cloned(),
        bundle_id: words.some(random, "com.acme.app"),
        platform: words.some(random, "IOS"),
        build_number: words.some(random, "42"),
        track_id: words.some(random, "production"),
        version_codes: words.any(random, |random| vec![random.u64(..), 42]).unwrap_or_default(),
        evidence: words.any(random, |random| one_of(random, &[Evidence::Effective, Evidence::Declared])),
        reason: words.some(random, "Guideline 2.1"),
        deadline: words.some(random, "Oct 1"),
        follows: words.any(random, |random| Uuid::from_u128(random.u128(..))),
        name: words.some(random, "pack"),
        errors: words.any(random, |random| vec![problem(random, words); 3]).unwrap_or_default(),
        feedback: (kind == EventKind::Feedback).then(|| feedback(random, words)),
        territories: words.any(random, |random| vec![words.text(random, "USA"); 3]).unwrap_or_default(),
        time_in_review: words.any(random, time_in_review),
        workflow_id: words.any(random, |_| "workflow".into()),
    }
}

fn problem(random: &mut Rng, words: &Words) -> Problem {
    Problem::new(words.text(random, "90683"), words.text(random, "Missing purpose string"))
}

fn feedback(random: &mut Rng, words: &Words) -> Feedback {
    let mut feedback = Feedback::new(one_of(random, &[FeedbackKind::Crash, FeedbackKind::Screenshot]));
    feedback.device = words.some(random, "iPhone17,1");
    feedback.os_version = words.some(random, "26.1");
    feedback.locale = words.some(random, "en-US");
    feedback.comment = words.some(random, "It does not start.");
    feedback
}

fn time_in_review(random: &mut Rng) -> TimeInReview {
    TimeInReview {
        waiting_for_review_seconds: Some(random.u64(..)),
        in_review_seconds: random.bool().then(|| random.u64(0..1_000_000)),
        ..TimeInReview::default()
    }
}
