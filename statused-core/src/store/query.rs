//! What a store can be asked, and what it may forget.

use chrono::{DateTime, Utc};

use crate::model::{DeliveryId, DeliveryState, SinkId};

/// Which events to look up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// Only of this app, by the store's id.
    pub app: Option<String>,
    /// Only before this time.
    pub before: Option<DateTime<Utc>>,
    /// At most this many; 0 means 100.
    pub limit: usize,
}

impl HistoryQuery {
    /// Sets the limit.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Only of this app.
    #[must_use]
    pub fn with_app(mut self, app: impl Into<String>) -> Self {
        self.app = Some(app.into());
        self
    }

    /// The limit that holds.
    pub fn effective_limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }
}

/// Which deliveries to look up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryQuery {
    /// Only this one.
    pub id: Option<DeliveryId>,
    /// Only to this sink.
    pub sink: Option<SinkId>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// At most this many; 0 means 100.
    pub limit: usize,
}

impl DeliveryQuery {
    /// Sets the limit.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Only this one.
    #[must_use]
    pub fn with_id(mut self, id: DeliveryId) -> Self {
        self.id = Some(id);
        self
    }

    /// Only to this sink.
    #[must_use]
    pub fn with_sink(mut self, sink: impl Into<SinkId>) -> Self {
        self.sink = Some(sink.into());
        self
    }

    /// Only in this state.
    #[must_use]
    pub fn with_state(mut self, state: DeliveryState) -> Self {
        self.state = Some(state);
        self
    }

    /// The limit that holds.
    pub fn effective_limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }
}

/// What may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// History before this time.
    pub history_before: DateTime<Utc>,
    /// Deliveries that were settled before this time, with their tries.
    pub deliveries_before: DateTime<Utc>,
}

impl Retention {
    /// Removes what is older.
    pub fn new(history_before: DateTime<Utc>, deliveries_before: DateTime<Utc>) -> Self {
        Self { history_before, deliveries_before }
    }
}

/// What has gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pruned {
    /// Events.
    pub history: u64,
    /// Deliveries.
    pub deliveries: u64,
}

impl Pruned {
    /// Counts.
    pub fn new(history: u64, deliveries: u64) -> Self {
        Self { history, deliveries }
    }
}
