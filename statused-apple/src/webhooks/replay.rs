//! Which events were taken in already.

use std::collections::{HashSet, VecDeque};

use sha2::{Digest as _, Sha256};

/// More events than an account has in weeks.
const MOST: usize = 4096;

/// The events of late, each as the beginning of its digest, so that the memory is bounded whatever an id is.
///
/// A shortcut: what is forgotten here is found to be nothing new a little later.
#[derive(Debug, Default)]
pub(super) struct Replays {
    known: HashSet<[u8; 16]>,
    order: VecDeque<[u8; 16]>,
}

impl Replays {
    pub(super) fn knows(&self, app: &str, id: &str) -> bool {
        self.known.contains(&mark(app, id))
    }

    pub(super) fn remember(&mut self, app: &str, id: &str) {
        let mark = mark(app, id);
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

fn mark(app: &str, id: &str) -> [u8; 16] {
    let digest = Sha256::new().chain_update(app).chain_update([0]).chain_update(id).finalize();
    *digest.first_chunk().expect("a digest has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_and_apps_are_apart() {
        let mut replays = Replays::default();
        replays.remember("1", "first");
        replays.remember("1", "first");
        assert!(replays.knows("1", "first") && !replays.knows("2", "first"));
        for n in 1..MOST {
            replays.remember("1", &n.to_string());
        }
        assert!(replays.knows("1", "first"));
        replays.remember("1", "one more");
        assert!(!replays.knows("1", "first") && replays.knows("1", "1"));
        assert_eq!((replays.known.len(), replays.order.len()), (MOST, MOST));
    }
}
