//! What is outside of the processes: the account that they poll, and the destinations.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;

use super::World;
use crate::engine::Input;
use crate::model::{Notification, SinkId};
use crate::sink::{Outcome, Sink, SinkProfile};
use crate::source::PollRequest;
use crate::store::Claim;
use crate::testkit::sim::destination::{Answer, Destination};
use crate::testkit::sim::faults::Broken;
use crate::testkit::sim::parts::MakeSink;
use crate::testkit::sim::scene::Outside;
use crate::testkit::sim::trace::Receipt;

/// A sink that has not answered after so often being asked waits for something that will not come.
const MOST_ASKED: usize = 100;

/// A sink and what is at its other end.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) sink: Arc<dyn Sink>,
    pub(super) destination: Destination,
    pub(super) profile: SinkProfile,
}

impl Door {
    pub(super) fn new(make: &MakeSink) -> Self {
        let destination = Destination::default();
        let sink = make(destination.clone());
        let profile = sink.profile();
        Self { sink, destination, profile }
    }
}

impl World {
    /// The account answers a poll.
    pub(super) fn poll(&mut self, machine: usize, request: &PollRequest) -> Input {
        let tales = self.story.is_some().then(Vec::new);
        let (now, healed, tables) = (self.now, self.healed, &self.tables);
        let mut outside = Outside { rng: &mut self.rng, now, machine, healed, tables, faults: 0, tales };
        let result = self.scene.poll(request, &mut outside);
        let Outside { faults, tales, .. } = outside;
        self.totals.faults += faults;
        tales.into_iter().flatten().for_each(|tale| self.tale(machine, || tale));
        Input::Polled { source: request.source.clone(), seen_at: request.now, result }
    }

    /// A destination answers a delivery.
    pub(super) fn deliver(&mut self, machine: usize, sink: SinkId, claim: &Claim, began: DateTime<Utc>) -> Input {
        let (answer, open) = self.answer_of(&sink);
        let place = (sink.clone(), claim.notification.event.id);
        if answer == Answer::Silent {
            self.trace.excuse([place.clone()]);
        }
        let door = &self.doors[&sink];
        door.destination.prepare(answer, open);
        let outcome = ask(door.sink.as_ref(), &claim.notification).unwrap_or_else(|foul| {
            self.trace.fouls.insert(format!("the sink {sink} {foul}"));
            self.trace.excuse([place.clone()]);
            Outcome::ambiguous(foul)
        });
        for notification in door.destination.arrived() {
            let place = (sink.clone(), notification.event.id);
            let (durable, ended) = (self.trace.is_durable(&place), self.trace.settled.contains_key(&place));
            self.tale(machine, || format!("delivers to {sink}: {}", notification.event.data.message));
            self.trace.receipts.push(Receipt { sink: sink.clone(), notification, at: self.now, durable, ended });
        }
        Input::Delivered { sink, delivery: claim.id, began, took: Duration::from_millis(5), outcome }
    }

    /// How a destination answers now, and whether it takes what comes.
    fn answer_of(&mut self, sink: &SinkId) -> (Answer, bool) {
        match &self.faults.broken {
            Some(Broken::Refuses(broken)) if broken == sink => return (Answer::Refused, false),
            Some(Broken::Gone(broken)) if broken == sink => return (Answer::Gone, false),
            _ => {}
        }
        if let Some(scripted) = self.staging.answer(sink, self.now) {
            return (scripted, scripted == Answer::Taken);
        }
        if self.chance(self.faults.sink_refuses) {
            (Answer::Refused, false)
        } else if self.chance(self.faults.sink_ambiguous) {
            (Answer::Silent, self.rng.bool())
        } else if self.chance(self.faults.sink_throttles) {
            (Answer::Wait(Duration::from_secs(self.rng.u64(1..300))), false)
        } else if self.chance(self.faults.sink_dies) {
            (Answer::Gone, false)
        } else {
            (Answer::Taken, true)
        }
    }
}

/// Lets a sink deliver, which must not wait for anything.
fn ask(sink: &dyn Sink, notification: &Notification) -> Result<Outcome, &'static str> {
    let asked = catch_unwind(AssertUnwindSafe(|| {
        let mut trying = sink.deliver(notification);
        (0..MOST_ASKED).find_map(|_| (&mut trying).now_or_never())
    }));
    match asked {
        Ok(Some(outcome)) => Ok(outcome),
        Ok(None) => Err("waits for what is not simulated"),
        Err(_) => Err("panicked"),
    }
}
