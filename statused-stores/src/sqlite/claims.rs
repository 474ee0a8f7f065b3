//! What is kept in memory because the file has one owner: open claims and named leases.
//!
//! A restart forgets them, so what was in flight is claimed again at once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use statused_core::store::Lease;

/// A claim that has not been settled.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    sink: Arc<str>,
    lane: i64,
    token: u64,
    /// In nanoseconds.
    until: i64,
}

/// Open claims by delivery, and named leases.
#[derive(Debug)]
pub(super) struct Claims {
    open: HashMap<i64, Open>,
    /// Taken out since the transaction began, in order, for a rollback.
    taken: Vec<(i64, Open)>,
    last_token: u64,
    leases: HashMap<String, Lease>,
}

impl Claims {
    pub(super) fn new() -> Self {
        // Tokens of an earlier opening must not match: the upper half is random.
        let start = RandomState::new().hash_one(0) & !u64::from(u32::MAX);
        Self { open: HashMap::new(), taken: Vec::new(), last_token: start, leases: HashMap::new() }
    }

    /// The sink's lanes that have a claim now, and until when.
    pub(super) fn busy_lanes(&self, sink: &str, now: i64) -> HashMap<i64, i64> {
        let mut lanes = HashMap::new();
        for open in self.open.values().filter(|open| open.until > now && *open.sink == *sink) {
            let until = lanes.entry(open.lane).or_insert(open.until);
            *until = open.until.max(*until);
        }
        lanes
    }

    /// Opens a claim and returns its token.
    pub(super) fn open(&mut self, delivery: i64, sink: &Arc<str>, lane: i64, until: i64) -> u64 {
        self.last_token = self.last_token.wrapping_add(1);
        self.open.insert(delivery, Open { sink: Arc::clone(sink), lane, token: self.last_token, until });
        self.last_token
    }

    /// Takes a claim out, if the token is its own, and says whose lane it was.
    pub(super) fn take(&mut self, delivery: i64, token: u64) -> Option<i64> {
        let lane = self.open.get(&delivery).filter(|open| open.token == token)?.lane;
        self.taken.extend(self.open.remove_entry(&delivery));
        Some(lane)
    }

    /// Frees claims that never reached anybody.
    pub(super) fn give_back(&mut self, claims: impl IntoIterator<Item = (i64, u64)>) {
        for (delivery, token) in claims {
            if self.open.get(&delivery).is_some_and(|open| open.token == token) {
                self.open.remove(&delivery);
            }
        }
    }

    /// A point to go back to with [`rollback_to`](Self::rollback_to).
    pub(super) fn savepoint(&self) -> usize {
        self.taken.len()
    }

    /// Opens again what was taken out after the savepoint.
    pub(super) fn rollback_to(&mut self, savepoint: usize) {
        self.open.extend(self.taken.drain(savepoint..));
    }

    /// What was taken out is gone for good.
    pub(super) fn commit(&mut self) {
        self.taken.clear();
    }

    /// Gives a lease to whoever may have it.
    pub(super) fn lease(&mut self, lease: Lease) -> bool {
        let taken =
            self.leases.get(&lease.name).is_some_and(|held| held.holder != lease.holder && held.until > lease.now);
        if !taken {
            self.leases.insert(lease.name.clone(), lease);
        }
        !taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollback_opens_again_only_what_came_after_the_savepoint() {
        let mut claims = Claims::new();
        let (first, second) = (claims.open(1, &"hook".into(), 10, 100), claims.open(2, &"hook".into(), 20, 100));
        assert_eq!(claims.take(1, first), Some(10));
        let savepoint = claims.savepoint();
        assert_eq!(claims.take(2, second), Some(20));
        claims.rollback_to(savepoint);
        claims.commit();
        assert_eq!(claims.take(1, first), None);
        assert_eq!(claims.take(2, second), Some(20));
    }

    #[test]
    fn two_openings_have_no_token_in_common() {
        let sink = "hook".into();
        assert_ne!(Claims::new().open(1, &sink, 1, 1), Claims::new().open(1, &sink, 1, 1));
    }

    #[test]
    fn a_claim_keeps_its_lane_busy_until_its_lease_has_ended() {
        let mut claims = Claims::new();
        let token = claims.open(1, &"hook".into(), 10, 100);
        assert_eq!(claims.busy_lanes("hook", 99), HashMap::from([(10, 100)]));
        assert!(claims.busy_lanes("chat", 99).is_empty());
        assert!(claims.busy_lanes("hook", 100).is_empty());
        claims.give_back([(1, token)]);
        assert!(claims.busy_lanes("hook", 0).is_empty());
    }

    /// Two in one lane: the clock has gone back to before the lease of the first had ended.
    #[test]
    fn a_lane_is_busy_until_the_last_of_its_leases_has_ended() {
        let mut claims = Claims::new();
        for lane in 0..50 {
            claims.open(2 * lane, &"hook".into(), lane, 100);
            claims.open(2 * lane + 1, &"hook".into(), lane, 50);
        }
        assert!(claims.busy_lanes("hook", 0).values().all(|until| *until == 100));
    }
}
