//! What the fake is doing at the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Logged;
use super::auth::Claims;
use super::fault::Fault;
use super::key::Keys;
use super::world::World;

/// What the handles and the server share.
pub(super) struct Shared {
    pub(super) keys: Arc<Keys>,
    pub(super) base_url: String,
    state: Mutex<State>,
}

/// How far an API lags behind the truth.
pub(super) enum Lag {
    None,
    By(TimeDelta),
    Frozen(Arc<World>),
}

#[derive(Default)]
pub(super) struct Oddities {
    pub(super) gzip: bool,
    pub(super) no_content: bool,
    pub(super) swap_codes: bool,
    pub(super) page_size: Option<usize>,
}

pub(super) struct State {
    /// What was true from when on; the last one is true now.
    history: Vec<(DateTime<Utc>, Arc<World>)>,
    pub(super) edits_lag: Lag,
    pub(super) lifecycle_lag: Lag,
    pub(super) faults: Vec<Fault>,
    pub(super) log: Vec<Logged>,
    pub(super) oddities: Oddities,
    /// Reads of the lifecycle that are left, if they are counted.
    pub(super) quota: Option<u32>,
    /// The open edit of each app.
    pub(super) edits: BTreeMap<String, String>,
    pub(super) overlapping: u32,
    /// Edits and tokens given out so far.
    pub(super) serial: u64,
    /// The tokens that are good.
    pub(super) tokens: BTreeSet<String>,
    pub(super) token_life: i64,
    pub(super) claims: Vec<Claims>,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send>,
}

impl Shared {
    pub(super) fn new(keys: Arc<Keys>, base_url: String) -> Self {
        let state = State {
            history: vec![(DateTime::<Utc>::MIN_UTC, Arc::default())],
            edits_lag: Lag::None,
            lifecycle_lag: Lag::None,
            faults: Vec::new(),
            log: Vec::new(),
            oddities: Oddities::default(),
            quota: None,
            edits: BTreeMap::new(),
            overlapping: 0,
            serial: 0,
            tokens: BTreeSet::new(),
            token_life: 3600,
            claims: Vec::new(),
            clock: Box::new(Utc::now),
        };
        Self { keys, base_url, state: Mutex::new(state) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Sets the clock. What is true now has been true since before it began.
    pub(super) fn set_clock(&mut self, clock: Box<dyn Fn() -> DateTime<Utc> + Send>) {
        self.clock = clock;
        self.history = vec![(DateTime::<Utc>::MIN_UTC, self.world())];
    }

    /// What is true.
    pub(super) fn world(&self) -> Arc<World> {
        self.history.last().map(|(_, world)| Arc::clone(world)).unwrap_or_default()
    }

    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = (*self.world()).clone();
        let out = change(&mut world);
        let now = self.now();
        self.history.push((now, Arc::new(world)));
        out
    }

    /// What an API shows.
    pub(super) fn view(&self, lag: &Lag) -> Arc<World> {
        match lag {
            Lag::None => self.world(),
            Lag::Frozen(world) => Arc::clone(world),
            Lag::By(lag) => {
                let then = self.now() - *lag;
                let past = self.history.iter().rev().find(|(from, _)| *from <= then);
                past.map(|(_, world)| Arc::clone(world)).unwrap_or_default()
            }
        }
    }
}
