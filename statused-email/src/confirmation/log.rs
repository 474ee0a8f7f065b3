//! Which questions are expected, and which have come.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast;

use super::{Confirmation, ConfirmationState};
use crate::meaning::ForwardingRequest;

/// Questions that are remembered.
const MOST: usize = 64;

/// Somebody will set up forwarding.
#[derive(Debug)]
struct Expected {
    /// Who; anybody, if not said.
    from: Option<String>,
    until: DateTime<Utc>,
}

/// What is known of questions.
#[derive(Debug)]
pub(crate) struct Log {
    expected: Vec<Expected>,
    known: VecDeque<Confirmation>,
    told: broadcast::Sender<Confirmation>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { expected: Vec::new(), known: VecDeque::new(), told: broadcast::Sender::new(MOST) }
    }

    pub(crate) fn expect(&mut self, from: Option<String>, until: DateTime<Utc>) {
        self.expected.push(Expected { from: from.map(|from| from.trim().to_ascii_lowercase()), until });
    }

    /// Notes a question. Returns whether it was expected; then the expectation is used up.
    pub(crate) fn note(&mut self, request: &ForwardingRequest, now: DateTime<Utc>) -> bool {
        self.expected.retain(|expected| expected.until > now);
        let asks = request.requested_by.as_ref().map(|address| address.trim().to_ascii_lowercase());
        let fits = |expected: &Expected| expected.from.is_none() || expected.from == asks;
        let found = self.expected.iter().position(fits);
        let state = match found {
            Some(_) => ConfirmationState::Opening,
            None => ConfirmationState::Unexpected,
        };
        if let Some(found) = found {
            self.expected.remove(found);
        }
        if self.known.len() == MOST {
            self.known.pop_front();
        }
        self.known.retain(|known| known.id != request.id);
        self.known.push_back(Confirmation {
            id: request.id.clone(),
            at: request.at,
            requested_by: request.requested_by.clone(),
            recipient: request.recipient.clone(),
            state,
            link: Some(request.link.clone()),
        });
        self.tell(&request.id);
        found.is_some()
    }

    /// Notes what became of one.
    pub(crate) fn settle(&mut self, id: &str, state: ConfirmationState) {
        if let Some(known) = self.known.iter_mut().find(|known| known.id == id) {
            if state == ConfirmationState::Confirmed {
                known.link = None;
            }
            known.state = state;
            self.tell(id);
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Confirmation> {
        self.known.iter().find(|known| known.id == id)
    }

    /// All that are remembered, the newest first.
    pub(crate) fn all(&self) -> Vec<Confirmation> {
        self.known.iter().rev().cloned().collect()
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<Confirmation> {
        self.told.subscribe()
    }

    fn tell(&self, id: &str) {
        if let Some(known) = self.find(id) {
            // Nobody need listen.
            drop(self.told.send(known.clone()));
        }
    }
}
