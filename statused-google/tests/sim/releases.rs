//! The releases of a track, one after the other: what each goes through, and what it does to the one before.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use statused_core::model::{Share, Status, SubjectKey};
use statused_core::testkit::sim::{Life, State, Writer};

/// A release, and what its developer wants.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) code: u64,
    /// The first share of its users, if it is given out in steps.
    pub(crate) first: Option<Share>,
    pub(crate) life: Life,
}

impl Release {
    pub(crate) fn subject(&self) -> SubjectKey {
        SubjectKey::release("production", &[self.code])
    }
}

/// The releases of a track between two times.
pub(crate) fn draw(rng: &mut Rng, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Release> {
    let mut releases: Vec<Release> = Vec::new();
    let mut born = start - TimeDelta::hours(6) + TimeDelta::minutes(rng.i64(0..600));
    for code in 41..41 + rng.u64(1..=3) {
        let first = rng.bool().then(|| Share::percent(5));
        let mut writer = Writer::new(born, end);
        review(&mut writer, rng);
        let out_at = writer.at;
        match first {
            None => writer.enter(Status::Live, rng),
            Some(_) => roll_out(&mut writer, rng),
        }
        // Everybody gets it from here on, if it comes so far.
        let full_at = writer.at_of(&Status::Live).or_else(|| writer.at_of(&Status::RolloutFinished));
        if let Some(before) = releases.last_mut() {
            step_aside(&mut before.life, out_at, full_at.unwrap_or(end), end);
        }
        releases.push(Release { code, first, life: writer.life });
        // Its successor may come while it is still being rolled out.
        born = out_at + TimeDelta::minutes(rng.i64(30..600));
    }
    releases
}

fn review(writer: &mut Writer, rng: &mut Rng) {
    if rng.bool() {
        writer.enter(Status::Draft, rng);
    }
    loop {
        writer.enter(Status::InReview, rng);
        if rng.f64() < 0.6 {
            break;
        }
        writer.enter(Status::Rejected, rng);
    }
    if rng.bool() {
        writer.enter(Status::Approved, rng);
    }
}

fn roll_out(writer: &mut Writer, rng: &mut Rng) {
    for percent in [5, 20, 50] {
        writer.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
        if rng.f64() < 0.25 {
            writer.enter_with(Status::RolloutHalted, Share::percent(percent), rng);
            writer.enter_with(Status::RolloutInProgress, Share::percent(percent), rng);
        }
    }
    writer.enter_with(Status::RolloutFinished, Share::FULL, rng);
}

/// A newer release is out: it ends the rollout of this one at once, and takes its place when everybody gets it.
fn step_aside(life: &mut Life, out_at: DateTime<Utc>, full_at: DateTime<Utc>, end: DateTime<Utc>) {
    let Some((status, share)) = life.state_at(out_at).cloned() else { return };
    let rolling = matches!(status, Status::RolloutInProgress | Status::RolloutHalted);
    let after = if rolling { out_at } else { full_at };
    if after >= end {
        return;
    }
    life.states.retain(|(at, _)| *at < after);
    let left: State = match status {
        Status::RolloutInProgress => (Status::RolloutHalted, share),
        Status::RolloutHalted => return,
        _ => (Status::ReplacedWithNewVersion, None),
    };
    life.states.push((after, left));
}
