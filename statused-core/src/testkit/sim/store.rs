//! A store that fails, and remembers what really happened.

use chrono::TimeDelta;
use fastrand::Rng;

use super::faults::Faults;
use crate::engine::{Command, Input};
use crate::store::{CommitError, StoreError, StoreErrorKind, Tables};

/// What becomes of a call to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes effect and answers.
    Works,
    /// It takes no effect and says so.
    Fails,
    /// It takes effect and does not say so.
    Silent,
    /// It takes no effect and does not say so.
    Lost,
}

pub(super) fn fate(command: &Command, faults: &Faults, rng: &mut Rng) -> Fate {
    let draw = rng.f64();
    match command {
        Command::Commit { .. } if draw < faults.commit_fails => Fate::Fails,
        Command::Commit { .. } if rng.f64() < faults.commit_ambiguous => {
            if rng.bool() {
                Fate::Silent
            } else {
                Fate::Lost
            }
        }
        Command::Settle { .. } if draw < faults.settle_fails => {
            if rng.bool() {
                Fate::Silent
            } else {
                Fate::Lost
            }
        }
        Command::Claim(_) if rng.f64() < faults.claim_silent => Fate::Silent,
        Command::Restore { .. } | Command::Load { .. } | Command::Claim(_) | Command::LoadSinks
            if draw < faults.read_fails =>
        {
            Fate::Fails
        }
        _ => Fate::Works,
    }
}

/// Calls the store, whose clock is ahead of the caller's by this much. `None`: the command is none of its.
pub(super) fn call(tables: &mut Tables, command: Command, fate: Fate, ahead: TimeDelta) -> Option<Input> {
    let error = StoreError::new(StoreErrorKind::Unavailable, "simulated");
    let takes_effect = matches!(fate, Fate::Works | Fate::Silent);
    let works = fate == Fate::Works;
    Some(match command {
        Command::Restore { source } => {
            let result = if works { Ok(tables.checkpoint(&source)) } else { Err(error) };
            Input::Restored { source, result }
        }
        Command::Load { work, keys } => {
            let result = if works { Ok(tables.load(&keys)) } else { Err(error) };
            Input::Loaded { work, result }
        }
        Command::Commit { work, commit } => {
            let written = if takes_effect { tables.commit(commit) } else { Ok(()) };
            let result = match (fate, written) {
                (Fate::Works, written) => written.map_err(CommitError::Conflict),
                (Fate::Fails, _) => Err(CommitError::Failed(error)),
                (Fate::Silent | Fate::Lost, _) => Err(CommitError::Unknown(error)),
            };
            Input::Committed { work, result }
        }
        Command::Claim(request) => {
            let claimed = takes_effect.then(|| tables.claim_by_clock(&request, ahead));
            let result = claimed.filter(|_| works).ok_or(error);
            Input::Claimed { sink: request.sink, result }
        }
        Command::Settle { sink, settlement } => {
            let (delivery, token) = (settlement.id, settlement.token);
            if takes_effect {
                tables.settle(settlement);
            }
            let result = if works { Ok(()) } else { Err(error) };
            Input::Settled { sink, delivery, token, result }
        }
        Command::LoadSinks => Input::SinksLoaded(if works { Ok(tables.sink_states()) } else { Err(error) }),
        _ => return None,
    })
}
