//! Which mails were taken already.

use std::collections::{HashSet, VecDeque};

use sha2::{Digest as _, Sha256};

/// More mails than an account gets in months.
const MOST: usize = 4096;

/// The mails of late, each as the beginning of its id's digest, so that the memory is bounded whatever an id is.
///
/// Only proved mails are noted: nobody else can use up an id. A shortcut: the engine remembers letters durably.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: HashSet<[u8; 16]>,
    order: VecDeque<[u8; 16]>,
}

impl Seen {
    pub(super) fn knows(&self, message_id: &str) -> bool {
        self.known.contains(&mark(message_id))
    }

    pub(super) fn note(&mut self, message_id: &str) {
        let mark = mark(message_id);
        if !self.known.insert(mark) {
            return;
        }
        self.order.push_back(mark);
        if self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

fn mark(message_id: &str) -> [u8; 16] {
    *Sha256::digest(message_id).first_chunk().expect("a digest has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut seen = Seen::default();
        for n in 0..MOST {
            seen.note(&n.to_string());
            seen.note(&n.to_string());
        }
        assert!(seen.knows("0") && !seen.knows("one more"));
        seen.note("one more");
        assert!(!seen.knows("0") && seen.knows("1") && seen.knows("one more"));
        assert_eq!((seen.known.len(), seen.order.len()), (MOST, MOST));
    }
}
