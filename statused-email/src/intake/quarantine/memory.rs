//! A quarantine that forgets when the process ends.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Kept, KeptHead, KeptId, Quarantine, QuarantineError, Room};

/// Keeps mail in memory: for tests, and for applications that may lose what could not be taken.
#[derive(Default)]
pub struct MemoryQuarantine {
    room: Room,
    mails: Mutex<BTreeMap<KeptId, Kept>>,
}

impl MemoryQuarantine {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one with so much room.
    pub fn with_room(room: Room) -> Self {
        Self { room, ..Self::default() }
    }

    fn mails(&self) -> MutexGuard<'_, BTreeMap<KeptId, Kept>> {
        // No operation can fail half-way.
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heads(mails: &BTreeMap<KeptId, Kept>) -> Vec<KeptHead> {
        let mut heads: Vec<_> = mails.values().map(|mail| mail.head.clone()).collect();
        heads.sort_by_key(|head| head.received_at);
        heads
    }
}

impl fmt::Debug for MemoryQuarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryQuarantine").field("room", &self.room).field("mails", &self.mails().len()).finish()
    }
}

#[async_trait]
impl Quarantine for MemoryQuarantine {
    async fn keep(&self, mail: Kept) -> Result<u64, QuarantineError> {
        let mut mails = self.mails();
        let gone = self.room.evict(&Self::heads(&mails), &mail.head);
        for id in &gone {
            mails.remove(id);
        }
        mails.insert(mail.head.id.clone(), mail);
        Ok(gone.len() as u64)
    }

    async fn list(&self) -> Result<Vec<KeptHead>, QuarantineError> {
        Ok(Self::heads(&self.mails()))
    }

    async fn get(&self, id: &KeptId) -> Result<Option<Kept>, QuarantineError> {
        Ok(self.mails().get(id).cloned())
    }

    async fn remove(&self, id: &KeptId) -> Result<bool, QuarantineError> {
        Ok(self.mails().remove(id).is_some())
    }
}
