//! When which track's lifecycle is read.
//!
//! Listing releases has a quota that Google does not document. What was seen of it: two tracks of one app every three
//! minutes (40 reads an hour) were refused, every fifteen minutes (8 an hour) were not; a second pass over the tracks of
//! twenty apps was refused at the first of them. So a track is read when something has changed on it, and otherwise at a
//! pace that fits what is expected of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::memory::{AppMemory, Hold, TrackMemory, between};
use super::state::{State, agree};

/// No track is read twice within this (or within the pace, if that is shorter), whatever hints at news.
const FLOOR: TimeDelta = TimeDelta::seconds(30);
/// After a hint whose news is not there yet, since the two APIs do not learn of it at once.
const AGAIN: [TimeDelta; 2] = [TimeDelta::minutes(1), TimeDelta::minutes(5)];
/// A rejected release waits for its developer: it is read so many times less often than one under review.
const RESTING: i32 = 4;
/// Where nothing can change without an edit that shows, a look now and then suffices.
const SETTLED: i32 = 24;
/// Reads without a hint within a minute, over all apps: the first round after a start must not use the quota up.
const ROUTINE: usize = 6;
/// Reads with a hint within a poll, over all apps; the others come next.
const URGENT: usize = 20;
/// The wait after a refusal, doubled with each in a row.
const FIRST_HOLD: u32 = 15;
const LONGEST_HOLD: u32 = 6 * 60;
/// When to try again what was refused for another reason than quota.
pub(super) const OFF_FOR: TimeDelta = TimeDelta::hours(1);

/// Why a track's lifecycle is read; the first matters most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// A direct look was asked for.
    Verify,
    /// Something hints at news.
    Hint,
    /// It was never read.
    First,
    /// It is under way.
    Unsettled,
    /// It rests.
    Settled,
}

/// A track whose lifecycle is to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ask {
    pub(super) why: Why,
    /// What users have comes before what testers have.
    beta: bool,
    /// Those that were read longest ago come first.
    read: Option<DateTime<Utc>>,
    pub(super) package: String,
    pub(super) track: String,
}

impl Ask {
    pub(super) fn new(why: Why, package: &str, track: &str, memory: &TrackMemory) -> Self {
        let beta = track != "production" && !track.ends_with(":production");
        Self { why, beta, read: memory.read, package: package.to_owned(), track: track.to_owned() }
    }
}

/// What matters for the pace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) now: DateTime<Utc>,
    /// The pace of a track that is under way.
    pub(super) every: TimeDelta,
    /// Whether a change on a track shows without reading its lifecycle.
    pub(super) edits: bool,
}

impl Pace {
    /// Whether to read a track, and why. `verify`: a direct look at one of its releases was asked for.
    pub(super) fn why(&self, track: &TrackMemory, verify: bool) -> Option<Why> {
        let age = track.read.map(|read| between(self.now, read));
        if age.is_some_and(|age| age < FLOOR.min(self.every)) {
            return None;
        }
        if verify {
            return Some(Why::Verify);
        }
        if track.again.iter().any(|at| *at <= self.now) {
            return Some(Why::Hint);
        }
        if track.releases.is_empty() && self.edits {
            return None;
        }
        if !track.known {
            return age.is_none_or(|age| age >= self.every).then_some(Why::First);
        }
        let (why, factor) = self.rest(track);
        age.is_none_or(|age| age >= self.every * factor).then_some(why)
    }

    fn rest(&self, track: &TrackMemory) -> (Why, i32) {
        let unsettled = track.releases.values().any(|release| match &release.state {
            // The lifecycle need not list what the developer still edits.
            None => release.declared.as_deref() != Some("draft"),
            Some(state) if !state.is_settled() => true,
            // It is about to be replaced, or the two lists differ.
            Some(State::Published) if release.missing && self.edits => true,
            Some(state) => release.declared.as_deref().is_some_and(|declared| !agree(declared, state)),
        });
        let rejected = track.releases.values().any(|release| release.state == Some(State::Rejected));
        match () {
            () if track.absent > 0 && track.releases.is_empty() => (Why::Settled, RESTING),
            () if unsettled || !self.edits => (Why::Unsettled, 1),
            () if rejected => (Why::Settled, RESTING),
            () => (Why::Settled, SETTLED),
        }
    }

    /// Notes that something hints at news on a track: it is read now, and again if the news is not there yet.
    pub(super) fn hint(&self, track: &mut TrackMemory) {
        self.expect(track);
        self.look(track);
    }

    /// Notes that there is something to look at on a track, of which no news is expected.
    pub(super) fn look(&self, track: &mut TrackMemory) {
        if !track.again.iter().any(|at| *at <= self.now) {
            track.again.insert(0, self.now);
        }
    }

    /// Notes that a track may change by itself shortly.
    pub(super) fn expect(&self, track: &mut TrackMemory) {
        if track.again.is_empty() {
            track.again.extend(AGAIN.map(|after| self.now + after));
        }
    }

    /// Notes that a track was read; `news`: what was hinted at is there.
    pub(super) fn was_read(&self, track: &mut TrackMemory, news: bool) {
        let furthest = self.now + AGAIN[1];
        // A time that no hint could have set was written by a clock that has been set back.
        track.again.retain(|at| !news && *at > self.now && *at <= furthest);
        track.read = Some(self.now);
    }
}

/// Chooses what is read in this poll, the most urgent first.
pub(super) fn choose(mut asks: Vec<Ask>, recent: usize, probing: impl Fn(&Ask) -> bool, only_one: bool) -> Vec<Ask> {
    asks.sort();
    let mut routine = ROUTINE.saturating_sub(recent);
    let mut urgent = URGENT;
    let mut probed = std::collections::BTreeSet::new();
    asks.retain(|ask| {
        let left = if ask.why <= Why::Hint { &mut urgent } else { &mut routine };
        // After a wait for quota one read shows whether there is some again.
        if *left == 0 || (probing(ask) && !probed.insert(ask.package.clone())) {
            return false;
        }
        *left -= 1;
        true
    });
    if only_one {
        asks.truncate(1);
    }
    asks
}

/// How many reads there were within the last minute (or within the pace, if that is shorter).
pub(super) fn recent<'a>(apps: impl Iterator<Item = &'a AppMemory>, pace: &Pace) -> usize {
    let reads = apps.flat_map(|app| app.tracks.values()).filter_map(|track| track.read);
    reads.filter(|read| between(pace.now, *read) < pace.every.min(TimeDelta::minutes(1))).count()
}

/// The wait after one more refusal. It differs from app to app, so that they do not come back together.
pub(super) fn hold(before: Option<&Hold>, name: &str, now: DateTime<Utc>) -> Hold {
    let minutes = before.map_or(FIRST_HOLD, |hold| hold.minutes.saturating_mul(2).clamp(FIRST_HOLD, LONGEST_HOLD));
    let hash = name
        .bytes()
        .fold(u32::from(minutes > FIRST_HOLD), |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)));
    // Up to a tenth more.
    let jitter = hash % (minutes * 6);
    Hold { until: now + TimeDelta::seconds(i64::from(minutes * 60 + jitter)), minutes }
}

/// Whether a wait goes on. One that is longer than any was written by a clock that has been set back.
pub(super) fn holds(hold: Option<&Hold>, now: DateTime<Utc>) -> bool {
    hold.is_some_and(|hold| now < hold.until && hold.until - now <= TimeDelta::minutes(i64::from(hold.minutes) * 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wait of nothing, which only a damaged checkpoint has, was divided by.
    #[test]
    fn waits_double_from_the_first_to_the_longest_whatever_was_written() {
        let now = DateTime::UNIX_EPOCH;
        let after = |minutes| hold(Some(&Hold { until: now, minutes }), "com.acme.app", now).minutes;
        assert_eq!([0, 7, 15, 180, 360, u32::MAX].map(after), [15, 15, 30, 360, 360, 360]);
        assert_eq!(hold(None, "com.acme.app", now).minutes, 15);
    }
}
