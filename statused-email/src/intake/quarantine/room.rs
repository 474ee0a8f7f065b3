//! How much is kept, and what goes first.

use super::{KeptHead, KeptId};

/// How much a quarantine keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Room {
    /// Mails.
    pub mails: usize,
    /// Bytes of all mails together.
    pub bytes: usize,
}

impl Default for Room {
    /// 1,000 mails and 64 MiB.
    fn default() -> Self {
        Self { mails: 1000, bytes: 64 * 1024 * 1024 }
    }
}

impl Room {
    /// So many mails and bytes; one mail is always kept.
    pub fn new(mails: usize, bytes: usize) -> Self {
        Self { mails, bytes }
    }

    /// What has to go so that `guest` has room among `there`.
    pub(super) fn evict(self, there: &[KeptHead], guest: &KeptHead) -> Vec<KeptId> {
        let mut others: Vec<_> = there.iter().filter(|head| head.id != guest.id).collect();
        others.sort_by_key(|head| (head.worth(), head.received_at));
        let mut mails = others.len() + 1;
        let mut bytes = others.iter().map(|head| head.length).sum::<usize>() + guest.length;
        let mut gone = Vec::new();
        for head in others {
            if mails <= self.mails && bytes <= self.bytes {
                break;
            }
            mails -= 1;
            bytes -= head.length;
            gone.push(head.id.clone());
        }
        gone
    }
}
