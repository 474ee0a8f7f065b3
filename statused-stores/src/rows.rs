//! What a commit brings, as rows, and how values are kept as text: the same in every store.

use std::collections::HashMap;

use serde::Serialize;
use statused_core::model::{Event, NewDelivery};
use statused_core::store::{AggregateWrite, CheckpointWrite, Commit, StoreError, StoreErrorKind};

use crate::time::to_nanos;

/// A commit as rows: made by the caller, so that whoever writes for all of them only writes.
#[derive(Debug)]
pub(crate) struct CommitRows {
    pub(crate) at: i64,
    pub(crate) aggregates: Vec<AggregateWrite>,
    pub(crate) bodies: Vec<BodyRow>,
    pub(crate) deliveries: Vec<DeliveryRow>,
    pub(crate) checkpoint: Option<CheckpointWrite>,
}

/// An event as it is kept.
#[derive(Debug)]
pub(crate) struct BodyRow {
    pub(crate) event: Event,
    pub(crate) text: String,
    /// Whether it belongs to the history, and not only to a delivery.
    pub(crate) listed: bool,
}

/// A delivery as it is kept.
#[derive(Debug)]
pub(crate) struct DeliveryRow {
    pub(crate) sink: String,
    pub(crate) workflow: String,
    pub(crate) aggregate: String,
    /// The words, where they are not the body's.
    pub(crate) message: Option<String>,
    /// Index of the body that it shares.
    pub(crate) body: usize,
}

impl CommitRows {
    pub(crate) fn new(commit: Commit) -> Result<Self, StoreError> {
        let mut bodies = Bodies::default();
        for event in commit.history {
            bodies.add(event, true)?;
        }
        let mut deliveries = Vec::with_capacity(commit.deliveries.len());
        for delivery in commit.deliveries {
            deliveries.push(DeliveryRow::new(delivery, &mut bodies)?);
        }
        let Commit { at, aggregates, checkpoint, .. } = commit;
        Ok(Self { at: to_nanos(at), aggregates, bodies: bodies.rows, deliveries, checkpoint })
    }
}

impl BodyRow {
    fn new(event: Event, listed: bool) -> Result<Self, StoreError> {
        let text = to_json(&event)?;
        Ok(Self { event, text, listed })
    }

    /// The app that it is about, if it is about one.
    pub(crate) fn app(&self) -> Option<&str> {
        self.event.aggregate.app().map(AsRef::as_ref)
    }
}

/// The bodies of a commit, found by their event: a commit may bring as many as there are apps.
#[derive(Default)]
struct Bodies {
    rows: Vec<BodyRow>,
    by_event: HashMap<u128, Vec<usize>>,
}

impl Bodies {
    fn add(&mut self, event: Event, listed: bool) -> Result<usize, StoreError> {
        let index = self.rows.len();
        self.by_event.entry(event.id.as_u128()).or_default().push(index);
        self.rows.push(BodyRow::new(event, listed)?);
        Ok(index)
    }

    /// One that differs at most in its words.
    fn like(&self, event: &Event) -> Option<usize> {
        let of_the_event = self.by_event.get(&event.id.as_u128())?;
        of_the_event.iter().copied().find(|index| same_but_for_words(&self.rows[*index].event, event))
    }
}

impl DeliveryRow {
    /// Shares a body that differs at most in its words, or adds one.
    fn new(delivery: NewDelivery, bodies: &mut Bodies) -> Result<Self, StoreError> {
        let event = delivery.notification.event;
        let (sink, workflow) = (delivery.sink.as_str().to_owned(), delivery.notification.workflow.as_str().to_owned());
        let aggregate = event.aggregate.to_string();
        let wording = event.data.message.clone();
        let body = match bodies.like(&event) {
            Some(index) => index,
            None => bodies.add(event, false)?,
        };
        let message = (bodies.rows[body].event.data.message != wording).then_some(wording);
        Ok(Self { sink, workflow, aggregate, message, body })
    }
}

fn same_but_for_words(a: &Event, b: &Event) -> bool {
    a == b || {
        let mut a = a.clone();
        a.data.message.clone_from(&b.data.message);
        a == *b
    }
}

/// The text that a value is stored as.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::new(StoreErrorKind::Other, format!("cannot be written as JSON: {error}")))
}

/// The event as it is delivered: the stored body with the delivery's own words. `None` when it cannot be read: damage,
/// or an older program than the one that wrote it.
pub(crate) fn event(body: &str, message: Option<String>) -> Option<Event> {
    let mut event: Event = serde_json::from_str(body)
        .inspect_err(|error| tracing::error!(%error, "an event in the store cannot be read, it is left out"))
        .ok()?;
    if let Some(message) = message {
        event.data.message = message;
    }
    Some(event)
}
