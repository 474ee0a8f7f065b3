//! What the fake is doing at the moment.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::Logged;
use super::auth::Claims;
use super::entities::View;
use super::fault::Fault;
use super::key::Keys;
use super::post::{Parcel, Post};
use super::world::World;

/// What the handles and the server share.
pub(super) struct Shared {
    pub(super) keys: Keys,
    pub(super) base_url: String,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) world: World,
    /// An earlier world, and how many more requests it answers.
    pub(super) stale: Option<(Arc<World>, u32)>,
    pub(super) faults: Vec<Fault>,
    pub(super) log: Vec<Logged>,
    pub(super) agreement_pending: bool,
    pub(super) developer_key: bool,
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Whether requests use the budget up.
    pub(super) counts_down: bool,
    pub(super) missing: BTreeSet<String>,
    pub(super) view: View,
    pub(super) unauthorized_every: Option<u64>,
    /// Requests with a good token.
    pub(super) authorized: u64,
    pub(super) clock: Box<dyn Fn() -> DateTime<Utc> + Send>,
    /// The tokens seen, in order, with what the good ones claimed.
    pub(super) tokens: Vec<(String, Option<Claims>)>,
    pub(super) post: Post,
}

impl Shared {
    pub(super) fn new(keys: Keys, base_url: String, courier: mpsc::UnboundedSender<Parcel>) -> Self {
        let state = State {
            world: World::default(),
            stale: None,
            faults: Vec::new(),
            log: Vec::new(),
            agreement_pending: false,
            developer_key: false,
            limit: 3600,
            remaining: 3599,
            counts_down: false,
            missing: BTreeSet::new(),
            view: View::default(),
            unauthorized_every: None,
            authorized: 0,
            clock: Box::new(Utc::now),
            tokens: Vec::new(),
            post: Post::new(courier),
        };
        Self { keys, base_url, state: Mutex::new(state) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The number of a token, in the order of first use.
    pub(super) fn token_number(&mut self, token: &str) -> usize {
        self.tokens.iter().position(|(known, _)| known == token).unwrap_or_else(|| {
            self.tokens.push((token.to_owned(), None));
            self.tokens.len() - 1
        })
    }

    pub(super) fn note_claims(&mut self, token: &str, claims: Claims) {
        if let Some((_, place)) = self.tokens.iter_mut().find(|(known, _)| known == token) {
            *place = Some(claims);
        }
    }
}
