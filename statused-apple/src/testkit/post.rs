//! The fake's post office: webhooks, what was sent to them, and how it went.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};

use crate::webhooks::{EventType, sign};

/// Something that happens to a push on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mishap {
    /// It is neither sent nor logged.
    Forgotten,
    /// It does not arrive, and is logged as failed.
    Lost,
    /// It is sent twice, which the log does not show.
    Doubled,
    /// It is signed with another secret.
    Forged,
    /// It is sent so much later, and others overtake it.
    Late(Duration),
}

/// A registered webhook.
#[derive(Clone, Debug, Default)]
pub(super) struct Hook {
    pub(super) app: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) event_types: Vec<String>,
    pub(super) enabled: bool,
    pub(super) mishaps: VecDeque<Mishap>,
    pub(super) every: Option<Mishap>,
    /// What waits until it is let go.
    pub(super) held: Option<Vec<Parcel>>,
}

/// An event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: EventType,
    pub(super) payload: String,
    pub(super) created: DateTime<Utc>,
}

/// One try to send an event, as the log has it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) hook: String,
    pub(super) url: String,
    pub(super) event: Event,
    pub(super) redelivery: bool,
    pub(super) created: DateTime<Utc>,
    /// `None`: it is on its way.
    pub(super) outcome: Option<Result<u16, String>>,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// The number of its log entry; a double has none.
    pub(super) entry: Option<usize>,
    pub(super) url: String,
    pub(super) body: String,
    pub(super) signature: String,
    pub(super) delay: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Post {
    pub(super) hooks: BTreeMap<String, Hook>,
    pub(super) log: Vec<Entry>,
    /// Parcels that the courier has.
    pending: usize,
    made: u64,
    pub(super) last_event: Option<DateTime<Utc>>,
    courier: mpsc::UnboundedSender<Parcel>,
    /// Told of every parcel that is done.
    pub(super) done: watch::Sender<()>,
}

impl Post {
    pub(super) fn new(courier: mpsc::UnboundedSender<Parcel>) -> Self {
        let (hooks, log) = (BTreeMap::new(), Vec::new());
        Self { hooks, log, pending: 0, made: 0, last_event: None, courier, done: watch::Sender::new(()) }
    }

    /// A new id, the same in every run.
    pub(super) fn make(&mut self) -> String {
        self.made += 1;
        format!("eeeeeeee-0000-4000-8000-{:012x}", self.made)
    }

    /// Sends an event to every webhook of the app that wants it.
    pub(super) fn publish(&mut self, app: &str, event: &Event) {
        let name = event.kind.api_name();
        let wanting = self.hooks.iter().filter(|(_, hook)| {
            hook.app == app && hook.enabled && hook.event_types.iter().any(|wanted| wanted == name)
        });
        let wanting: Vec<_> = wanting.map(|(id, _)| id.clone()).collect();
        for id in wanting {
            self.send(&id, event.clone(), false);
        }
    }

    /// Sends an event to one webhook.
    pub(super) fn send(&mut self, id: &str, event: Event, redelivery: bool) -> Option<String> {
        let entry_id = self.make();
        let hook = self.hooks.get_mut(id)?;
        let mishap = hook.mishaps.pop_front().or(hook.every);
        if mishap == Some(Mishap::Forgotten) {
            return None;
        }
        let secret = if mishap == Some(Mishap::Forged) { "not this one" } else { &hook.secret };
        let number = self.log.len();
        let parcel = Parcel {
            entry: Some(number),
            url: hook.url.clone(),
            signature: sign(secret, event.payload.as_bytes()),
            body: event.payload.clone(),
            delay: if let Some(Mishap::Late(delay)) = mishap { Some(delay) } else { None },
        };
        self.log.push(Entry {
            id: entry_id.clone(),
            hook: id.to_owned(),
            url: hook.url.clone(),
            created: event.created,
            event,
            redelivery,
            outcome: None,
        });
        let double = (mishap == Some(Mishap::Doubled)).then(|| Parcel { entry: None, ..parcel.clone() });
        if mishap == Some(Mishap::Lost) {
            self.note(number, Err("The connection was lost.".to_owned()));
            return Some(entry_id);
        }
        let parcels = std::iter::once(parcel).chain(double);
        match &mut hook.held {
            Some(held) => held.extend(parcels),
            None => parcels.for_each(|parcel| self.hand_over(parcel)),
        }
        Some(entry_id)
    }

    pub(super) fn hand_over(&mut self, parcel: Parcel) {
        self.pending += 1;
        // Without a courier the fake is shutting down.
        drop(self.courier.send(parcel));
    }

    /// A parcel is done.
    pub(super) fn settle(&mut self, parcel: &Parcel, outcome: Result<u16, String>) {
        self.pending -= 1;
        match parcel.entry {
            Some(number) => self.note(number, outcome),
            None => self.done.send_replace(()),
        }
    }

    fn note(&mut self, number: usize, outcome: Result<u16, String>) {
        if let Some(entry) = self.log.get_mut(number) {
            entry.outcome = Some(outcome);
        }
        self.done.send_replace(());
    }

    pub(super) fn is_idle(&self) -> bool {
        self.pending == 0
    }

    /// How many entries of the log are over.
    pub(super) fn over(&self) -> usize {
        self.log.iter().filter(|entry| entry.outcome.is_some()).count()
    }
}

impl Entry {
    pub(super) fn state(&self) -> &'static str {
        match self.outcome {
            None => "PENDING",
            Some(Ok(200..=299)) => "SUCCEEDED",
            Some(_) => "FAILED",
        }
    }
}
