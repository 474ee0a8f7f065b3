//! The releases of a track, one after the other: what each goes through, and what it does to the one before.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use statused_core::model::{Share, Status, SubjectKey};
use statused_core::testkit::sim::{Calendar, Life, State, Writer};

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

/// The releases of a track: some in each season.
pub(crate) fn draw(rng: &mut Rng, calendar: &Calendar) -> Vec<Release> {
    let mut releases: Vec<Release> = Vec::new();
    let mut seasons = calendar.seasons.iter().copied();
    let mut born = seasons.next().unwrap_or(calendar.start) - TimeDelta::hours(6) + TimeDelta::minutes(rng.i64(0..600));
    for code in 41..41 + rng.u64(1..=3) {
        let first = rng.bool().then(|| Share::percent(5));
        let mut writer = Writer::new(born, calendar.end);
        review(&mut writer, rng);
        let out_at = writer.at;
        match first {
            None => writer.enter(Status::Live, rng),
            Some(_) => roll_out(&mut writer, rng),
        }
        if let Some(before) = releases.last_mut().filter(|_| out_at < calendar.end) {
            end_rollout(&mut before.life, out_at);
        }
        releases.push(Release { code, first, life: writer.life });
        // Its successor may come while it is still being rolled out.
        born = out_at + TimeDelta::minutes(rng.i64(30..600));
        if let Some(season) = seasons.next().filter(|_| rng.bool()) {
            born = born.max(season + TimeDelta::minutes(rng.i64(0..300)));
        }
    }
    replace(&mut releases);
    releases
}

/// A newer release is out: the rollout of this one ends at once.
fn end_rollout(life: &mut Life, out_at: DateTime<Utc>) {
    let Some((status, share)) = life.state_at(out_at).cloned() else { return };
    match status {
        Status::RolloutInProgress => {
            life.states.retain(|(at, _)| *at < out_at);
            life.states.push((out_at, (Status::RolloutHalted, share)));
        }
        Status::RolloutHalted => life.states.retain(|(at, _)| *at < out_at),
        _ => {}
    }
}

/// The first newer release that everybody gets takes the place of one that everybody got.
fn replace(releases: &mut [Release]) {
    let everybody = |life: &Life| {
        let full =
            |(_, (status, _)): &&(DateTime<Utc>, State)| matches!(status, Status::Live | Status::RolloutFinished);
        life.states.iter().find(full).map(|(at, _)| *at)
    };
    let full: Vec<_> = releases.iter().map(|release| everybody(&release.life)).collect();
    for (n, release) in releases.iter_mut().enumerate() {
        let newer = full[n + 1..].iter().flatten().min();
        if let (Some(at), Some(_)) = (newer, full[n].filter(|mine| newer.is_some_and(|at| mine < at))) {
            release.life.states.push((*at, (Status::ReplacedWithNewVersion, None)));
        }
    }
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
