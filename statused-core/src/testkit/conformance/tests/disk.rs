//! A place in memory that lasts and may be shared, and can be given a flaw.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::flaws::Flaw;
use crate::model::{AggregateKey, DeliveryId, Event, SinkId};
use crate::store::{Claim, SinkState, StoreError, StoreErrorKind, Tables};
use crate::testkit::conformance::store::{Abilities, Place};

pub(super) const SECRET: &str = "hunter2";

/// The place.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) flaw: Flaw,
    data: Arc<Mutex<Data>>,
    handles: Arc<()>,
}

/// What is on it, and what flaws need to remember.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) tables: Tables,
    /// As it was after the last commit.
    pub(super) committed: Tables,
    pub(super) reads: u64,
    /// The last claim of each delivery, and when its lease ends.
    pub(super) given: BTreeMap<DeliveryId, (Claim, DateTime<Utc>)>,
    /// Events that were put into a lane of their own, and where they belong.
    pub(super) moved: BTreeMap<Uuid, AggregateKey>,
    pub(super) repeated: Vec<Event>,
    pub(super) redelivered: BTreeSet<DeliveryId>,
    pub(super) freed: BTreeMap<SinkId, SinkState>,
    pub(super) pruned: bool,
    pub(super) opened: u32,
}

/// A handle.
pub(super) struct Handle {
    pub(super) flaw: Flaw,
    data: Arc<Mutex<Data>>,
    /// Counts the handles.
    _open: Arc<()>,
}

impl Disk {
    pub(super) fn with(flaw: Flaw) -> Self {
        Self { flaw, ..Self::default() }
    }
}

impl Handle {
    pub(super) fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if self.flaw == Flaw::ShowsItsPassword { SECRET } else { "…" };
        f.debug_struct("Handle").field("password", &secret).finish_non_exhaustive()
    }
}

impl Place for Disk {
    type Store = Handle;

    async fn open(&self) -> Result<Handle, StoreError> {
        if !self.abilities().shared && Arc::strong_count(&self.handles) > 1 {
            let wrong = self.flaw == Flaw::IsUnavailableWhenLocked;
            let kind = if wrong { StoreErrorKind::Unavailable } else { StoreErrorKind::Locked };
            return Err(StoreError::new(kind, "somebody else has it"));
        }
        let mut data = self.data.lock().unwrap();
        data.opened += 1;
        if self.flaw == Flaw::ForgetsSettlementsWhenClosed && data.opened > 1 {
            data.tables = data.committed.clone();
        }
        Ok(Handle { flaw: self.flaw, data: Arc::clone(&self.data), _open: Arc::clone(&self.handles) })
    }

    fn abilities(&self) -> Abilities {
        match self.flaw {
            Flaw::HasOneHandle | Flaw::IsUnavailableWhenLocked | Flaw::ForgetsSettlementsWhenClosed => {
                Abilities::lasting()
            }
            _ => Abilities::shared(),
        }
    }

    async fn fingerprint(&self, store: &Handle) -> Option<Vec<u8>> {
        let data = store.data();
        Some([data.tables.writes(), data.reads].map(u64::to_be_bytes).concat())
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned()]
    }
}
