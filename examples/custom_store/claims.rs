//! Who works on what. It is in memory: the file has one owner, and what was on its way when it ended is given again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use statused::model::{DeliveryId, SinkId};
use statused::store::Lease;

/// The deliveries of one aggregate to one sink: they go one after the other.
pub(crate) type Lane = (SinkId, String);

#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// The open claim of a lane: its token, and when its lease ends.
    open: BTreeMap<Lane, (u64, DateTime<Utc>)>,
    /// The token of the last claim of each delivery that has not been settled.
    tokens: BTreeMap<DeliveryId, u64>,
    last_token: u64,
    leases: BTreeMap<String, (String, DateTime<Utc>)>,
}

impl Claims {
    /// Until when the lane gives nothing.
    pub(crate) fn busy_until(&self, lane: &Lane, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.open.get(lane).map(|(_, until)| *until).filter(|until| *until > now)
    }

    /// Takes a delivery. Returns the token.
    pub(crate) fn take(&mut self, id: DeliveryId, lane: Lane, until: DateTime<Utc>) -> u64 {
        self.last_token += 1;
        self.tokens.insert(id, self.last_token);
        self.open.insert(lane, (self.last_token, until));
        self.last_token
    }

    /// Ends a claim. Returns whether it was the delivery's last one.
    pub(crate) fn end(&mut self, id: DeliveryId, lane: &Lane, token: u64) -> bool {
        if self.tokens.get(&id) != Some(&token) {
            return false;
        }
        self.tokens.remove(&id);
        if self.open.get(lane).is_some_and(|(open, _)| *open == token) {
            self.open.remove(lane);
        }
        true
    }

    pub(crate) fn lease(&mut self, lease: Lease) -> bool {
        let held = self.leases.get(&lease.name);
        let free = held.is_none_or(|(holder, until)| *holder == lease.holder || *until <= lease.now);
        if free {
            self.leases.insert(lease.name, (lease.holder, lease.until));
        }
        free
    }
}
