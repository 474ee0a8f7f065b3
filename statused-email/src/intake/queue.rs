//! One after the other, by app.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The turns of each app. An app nobody waits for takes no room.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Queue {
    /// Waits for an app's turn, which ends when the guard is dropped.
    pub(super) async fn turn(&self, package: &str) -> OwnedMutexGuard<()> {
        let lock = {
            // Nothing can fail while it is held.
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(turns.entry(package.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_app_waits_for_its_own_turn_only() {
        let queue = Queue::default();
        let first = queue.turn("a").await;
        let _other = queue.turn("b").await;
        let mut second = std::pin::pin!(queue.turn("a"));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        let _second = second.await;
        assert_eq!(queue.0.lock().unwrap().len(), 2);
        drop(_other);
        drop(queue.turn("c").await);
        drop(queue.turn("d").await);
        assert_eq!(queue.0.lock().unwrap().len(), 2, "b and c have left");
    }
}
