//! Holds deliveries back until all of them are queued.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use statused::model::Notification;
use statused::sink::SinkProfile;
use statused::sinks::webhook::Webhook;
use statused::{Outcome, Sink};
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(super) struct Gate {
    is_open: AtomicBool,
    opened: Notify,
}

impl Gate {
    pub(super) fn open(&self) {
        self.is_open.store(true, Ordering::Release);
        self.opened.notify_waiters();
    }

    /// Costs next to nothing once it is open: what is measured passes here each time.
    async fn pass(&self) {
        if !self.is_open.load(Ordering::Acquire) {
            // Listens from here on, so that an opening before the second look is not missed.
            let opened = self.opened.notified();
            if !self.is_open.load(Ordering::Acquire) {
                opened.await;
            }
        }
    }
}

/// A webhook that is called so many times at once, behind a gate.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) webhook: Webhook,
    pub(super) lanes: usize,
    pub(super) gate: Arc<Gate>,
}

#[async_trait]
impl Sink for Gated {
    fn profile(&self) -> SinkProfile {
        self.webhook.profile().with_concurrency(self.lanes).with_timeout(Duration::from_secs(600))
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        self.gate.pass().await;
        self.webhook.deliver(notification).await
    }
}
