//! What is outside of the process: the account that it polls, and the sinks.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::World;
use crate::engine::Input;
use crate::model::{AggregateKey, SinkId};
use crate::sink::{Outcome, Verdict};
use crate::source::PollRequest;
use crate::store::Claim;
use crate::testkit::sim::oracle::Receipt;
use crate::testkit::sim::scene::Outside;

impl World {
    /// The account answers a poll.
    pub(super) fn poll(&mut self, request: &PollRequest) -> Input {
        let tales = self.story.is_some().then(Vec::new);
        let (now, healed, tables) = (self.now, self.healed, &self.tables);
        let mut outside = Outside { rng: &mut self.rng, now, healed, tables, faults: 0, tales };
        let result = self.scene.poll(request, &mut outside);
        let Outside { faults, tales, .. } = outside;
        self.totals.faults += faults;
        tales.into_iter().flatten().for_each(|tale| self.tale(|| tale));
        Input::Polled { source: request.source.clone(), seen_at: request.now, result }
    }

    /// A sink answers a delivery.
    pub(super) fn deliver(&mut self, sink: SinkId, claim: Claim, began: DateTime<Utc>) -> Input {
        let (outcome, arrives) = if self.chance(self.faults.sink_refuses) {
            (Outcome::retry("simulated"), false)
        } else if self.chance(self.faults.sink_ambiguous) {
            (Outcome::ambiguous("simulated"), self.rng.bool())
        } else if self.chance(self.faults.sink_throttles) {
            (Outcome::retry_after(Duration::from_secs(self.rng.u64(1..300)), "simulated"), false)
        } else if self.chance(self.faults.sink_dies) {
            (Outcome::new(Verdict::Dead).with_detail("simulated"), false)
        } else {
            (Outcome::delivered(), true)
        };
        let delivery = claim.id;
        if arrives {
            let event = &claim.notification.event;
            let welcome = matches!(event.aggregate, AggregateKey::Workflow(_));
            if !welcome && !self.announced_at.contains_key(&event.id) {
                self.unwritten.push(event.id);
            }
            self.receipts.push(Receipt { sink: sink.clone(), notification: claim.notification });
        }
        Input::Delivered { sink, delivery, began, took: Duration::from_millis(5), outcome }
    }
}
