//! What will happen, and when.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use chrono::{DateTime, Utc};

use crate::engine::{Command, Input};
use crate::model::Sightings;
use crate::testkit::sim::staging::Act;

/// A process between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) machine: usize,
    /// Grows with each start and each end.
    pub(super) generation: u32,
}

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A command reaches its end out there.
    Done { run: Run, command: Box<Command>, began: DateTime<Utc> },
    /// An answer reaches the process.
    Answer { run: Run, input: Box<Input> },
    /// The process gets to what it was told.
    Turn(Run),
    /// A push arrives at whichever machine answers.
    Push(Sightings),
    /// A machine's process wakes, unless it has named another time since.
    Wake { machine: usize, alarm: u64 },
    /// A machine's process starts.
    Start(usize),
    /// A machine's process is stopped cleanly and starts with the configuration of now.
    Deploy(usize),
    /// A process that stood still goes on.
    Resume(Run),
    /// The configuration changes; the machines get it one after the other.
    Reconfigure,
    /// An app's stored state is damaged.
    Spoil,
    /// Something that a scenario wants.
    Act(Box<Act>),
    /// The faults end.
    Heal,
    /// Somebody frees the sinks once more.
    Free,
    /// What must be written has been written.
    Rest,
}

impl Happening {
    /// Whether no process does it by itself.
    pub(super) fn is_from_outside(&self) -> bool {
        !matches!(self, Self::Wake { .. } | Self::Done { .. } | Self::Answer { .. } | Self::Turn(_))
    }

    /// Tells happenings apart in the digest.
    pub(super) fn code(&self) -> u64 {
        match self {
            Self::Done { run, command, .. } => {
                let command = match command.as_ref() {
                    Command::Poll { request } => 1 + request.verify.len() as u64 * 16,
                    Command::Commit { commit, .. } => {
                        let ids = commit.history.iter().fold(0, |sum: u64, event| sum ^ event.id.as_u64_pair().0);
                        2 ^ ids << 4
                    }
                    Command::Deliver { claim, .. } => 3 + claim.id.0 * 16,
                    Command::Settle { settlement, .. } => 4 + settlement.id.0 * 16,
                    Command::Claim(request) => 5 + request.limit as u64 * 16,
                    Command::Load { keys, .. } => 6 + keys.len() as u64 * 16,
                    Command::Restore { .. } => 7,
                    Command::LoadSinks => 8,
                    _ => 9,
                };
                command.rotate_left(32) ^ (run.machine as u64) << 32 ^ u64::from(run.generation)
            }
            Self::Answer { run, .. } => 4 << 60 | u64::from(run.generation),
            Self::Push(sightings) => 1 << 60 | sightings.len() as u64,
            Self::Wake { machine, alarm } => 2 << 60 | (*machine as u64) << 50 | alarm,
            Self::Start(machine) | Self::Deploy(machine) => 5 << 60 | *machine as u64,
            Self::Resume(run) => 6 << 60 | u64::from(run.generation),
            Self::Turn(run) => 7 << 60 | u64::from(run.generation),
            Self::Reconfigure | Self::Spoil | Self::Act(_) | Self::Heal | Self::Free | Self::Rest => 3 << 60,
        }
    }
}

/// A happening and its time; of two at the same time, the one that was planned first.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) at: DateTime<Utc>,
    pub(super) number: u64,
    pub(super) happening: Happening,
}

impl Ord for Planned {
    /// The heap gives the greatest first: that is the earliest.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Planned {}

/// Everything that will happen.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    queue: BinaryHeap<Planned>,
    last: u64,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: DateTime<Utc>, happening: Happening) {
        self.last += 1;
        self.queue.push(Planned { at, number: self.last, happening });
    }

    pub(super) fn next(&mut self) -> Option<Planned> {
        self.queue.pop()
    }

    /// How many things were planned so far.
    pub(super) fn planned(&self) -> u64 {
        self.last
    }

    /// When the next thing happens that no process does by itself.
    pub(super) fn next_from_outside(&self) -> Option<DateTime<Utc>> {
        let from_outside = |planned: &&Planned| !matches!(planned.happening, Happening::Wake { .. });
        self.queue.iter().filter(from_outside).map(|planned| planned.at).min()
    }

    /// Whether a machine has something under way.
    pub(super) fn is_busy(&self, machine: usize) -> bool {
        self.queue.iter().any(|planned| match &planned.happening {
            Happening::Done { run, .. } | Happening::Answer { run, .. } | Happening::Turn(run) => {
                run.machine == machine
            }
            _ => false,
        })
    }
}
