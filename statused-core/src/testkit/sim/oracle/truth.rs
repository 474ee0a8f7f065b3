//! Promise 3: what was announced of a subject is, in order, what really happened to it after it was first seen; nothing
//! twice, nothing early, nothing invented.

use chrono::{DateTime, TimeDelta, Utc};

use super::Evidence;
use crate::model::{AggregateKey, Event, EventKind, Share, Status, SubjectKey, SubjectKind};
use crate::testkit::sim::trace::Announced;
use crate::testkit::sim::truth::{Life, State};

/// A poll that began before a change may be stored after it.
pub(super) const POLL_LASTS: TimeDelta = TimeDelta::minutes(5);

pub(super) fn judge(evidence: &Evidence<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (key, subject, life) in evidence.truth.lives() {
        let of_it = |announced: &&Announced| announced.event.aggregate == *key && tells_of(&announced.event, subject);
        let told: Vec<_> = evidence.trace.announced.iter().filter(of_it).map(Told::of).collect();
        wrong.extend(false_word(key, subject, life, evidence.calendar.start, &told));
    }
    let nobodys =
        |announced: &&Announced| evidence.truth.lives().all(|(_, subject, _)| !tells_of(&announced.event, subject));
    // What a letter says of the app itself is about no subject.
    let status = |event: &Event| {
        let of_a_subject = event.kind != EventKind::Explained && event.subject.kind != SubjectKind::Standing;
        of_a_subject && event.data.status_code.is_some()
    };
    for announced in evidence.trace.announced.iter().filter(|announced| status(&announced.event)).filter(nobodys) {
        wrong.push(format!("{} was announced, of which nothing is news", announced.event.subject));
    }
    wrong
}

/// Whether an event tells a change of a subject. A letter's refusal of a release that the store does not show yet is told
/// of the app, and names its version codes. An explanation tells no change.
pub(super) fn tells_of(event: &Event, subject: &SubjectKey) -> bool {
    let named = || {
        let codes = &event.data.version_codes;
        let code = subject.id.rsplit('/').next().and_then(|code| code.parse().ok());
        event.subject.kind == SubjectKind::Standing && code.is_some_and(|code| codes.contains(&code))
    };
    event.kind != EventKind::Explained && (event.subject == *subject || named())
}

/// An announcement, as far as it can be true or false.
struct Told {
    state: State,
    at: DateTime<Utc>,
}

impl Told {
    fn of(announced: &Announced) -> Self {
        let data = &announced.event.data;
        let status = data.status_code.clone().unwrap_or(Status::Other(String::new()));
        let share = data.user_distribution.as_ref().and_then(|text| {
            let percent = text.strip_suffix('%')?.parse::<u32>().ok()?;
            Some(Share::percent(percent))
        });
        Self { state: (status, share), at: announced.at }
    }
}

/// Whether what was told is so, as far as it could be seen. Of a rollout that nobody saw, its end says no more than that
/// everybody gets the release; and a release that is gone was halted, for all that is known, where it was last seen.
pub(super) fn agrees(told: &State, so: &State) -> bool {
    let unseen = matches!(
        (&told.0, &so.0),
        (Status::Live, Status::RolloutFinished) | (Status::RolloutHalted, Status::ReplacedWithNewVersion)
    );
    told == so || unseen
}

/// The announcements must be a subsequence of the life, each after it has happened.
fn false_word(
    key: &AggregateKey,
    subject: &SubjectKey,
    life: &Life,
    watched: DateTime<Utc>,
    told: &[Told],
) -> Option<String> {
    // What was so when the watch began is not announced, whatever it was.
    let mut next = life.index_at(watched - POLL_LASTS).map_or(0, |index| index + 1);
    for word in told {
        let found = life.states[next..].iter().position(|(at, state)| agrees(&word.state, state) && word.at >= *at);
        match found {
            Some(offset) => next += offset + 1,
            None => {
                return Some(format!(
                    "{key} {subject}: {:?} was announced at {:?}, which was not so then, or was announced before",
                    word.state, word.at
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(told: &[(Status, i64)]) -> Option<String> {
        let at = |minutes| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let states = [(0, Status::WaitingForReview), (60, Status::InReview), (120, Status::Rejected)];
        let life = Life { states: states.map(|(m, s)| (at(m), (s, None))).to_vec(), parent: None };
        let told: Vec<_> = told.iter().map(|(status, m)| Told { state: (status.clone(), None), at: at(*m) }).collect();
        let key = AggregateKey::App("s".into(), "a".into());
        false_word(&key, &SubjectKey::new(SubjectKind::Version, "v"), &life, at(30), &told)
    }

    #[test]
    fn accepts_the_truth_and_what_polls_have_missed_of_it() {
        assert_eq!(judge(&[(Status::InReview, 61), (Status::Rejected, 121)]), None);
        assert_eq!(judge(&[(Status::Rejected, 121)]), None);
        assert_eq!(judge(&[]), None);
    }

    #[test]
    fn finds_the_past_the_future_the_repeat_and_the_invention() {
        assert!(judge(&[(Status::WaitingForReview, 31)]).is_some(), "the quiet start was announced");
        assert!(judge(&[(Status::InReview, 59)]).is_some(), "before it happened");
        assert!(judge(&[(Status::Rejected, 121), (Status::InReview, 122)]).is_some(), "a step back");
        assert!(judge(&[(Status::InReview, 61), (Status::InReview, 62)]).is_some(), "twice");
        assert!(judge(&[(Status::Accepted, 121)]).is_some(), "never so");
    }
}
