//! Handles of webhooks.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;

use super::post::{Entry, Hook, Mishap, Post};
use super::render::{Entity, Relation};
use super::{FakeApp, FakeAppStoreConnect};
use crate::webhooks::EventType;

/// A webhook in the fake.
#[derive(Clone, Debug)]
pub struct FakeWebhook {
    pub(super) fake: FakeAppStoreConnect,
    pub(super) id: String,
}

/// What was sent to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeDelivery {
    /// The webhook's id.
    pub webhook: String,
    /// What it told of.
    pub kind: EventType,
    /// The body.
    pub payload: String,
    /// `PENDING`, `SUCCEEDED` or `FAILED`.
    pub state: &'static str,
    /// The status of the receiver's answer.
    pub status: Option<u16>,
    /// Whether somebody asked for it to be sent again.
    pub redelivery: bool,
}

impl FakeApp {
    /// Registers a webhook for all types of event, as somebody does in App Store Connect.
    pub fn webhook(&self, url: &str, secret: &str) -> FakeWebhook {
        let mut state = self.fake.running.shared.lock();
        let id = state.post.make();
        let hook = Hook {
            app: self.id.clone(),
            name: "By hand".to_owned(),
            url: url.to_owned(),
            secret: secret.to_owned(),
            event_types: EventType::known().map(|kind| kind.api_name().to_owned()).collect(),
            enabled: true,
            ..Hook::default()
        };
        state.post.hooks.insert(id.clone(), hook);
        FakeWebhook { fake: self.fake.clone(), id }
    }

    /// The app's webhooks, in the order in which they were registered.
    pub fn webhooks(&self) -> Vec<FakeWebhook> {
        let state = self.fake.running.shared.lock();
        let mine = state.post.hooks.iter().filter(|(_, hook)| hook.app == self.id);
        mine.map(|(id, _)| FakeWebhook { fake: self.fake.clone(), id: id.clone() }).collect()
    }

    /// Sends a body of your own to the app's webhooks that want this type, and logs it.
    pub fn push(&self, kind: EventType, body: &str) {
        self.fake.push_body(&self.id, kind, body);
    }
}

impl FakeWebhook {
    /// Apple's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name, address, secret, and whether it is enabled; `None` once it is deleted.
    pub fn settings(&self) -> Option<(String, String, String, bool)> {
        let state = self.fake.running.shared.lock();
        let hook = state.post.hooks.get(&self.id)?;
        Some((hook.name.clone(), hook.url.clone(), hook.secret.clone(), hook.enabled))
    }

    /// The types that it sends.
    pub fn event_types(&self) -> Vec<EventType> {
        let state = self.fake.running.shared.lock();
        let types = state.post.hooks.get(&self.id).into_iter().flat_map(|hook| &hook.event_types);
        types.map(|name| EventType::from_api_name(name)).collect()
    }

    /// Turns it off, or on again. Nothing is logged while it is off.
    pub fn enable(&self, enabled: bool) -> Self {
        self.with(|hook| hook.enabled = enabled)
    }

    /// Lets something happen to the next push that nothing waits to happen to.
    pub fn next(&self, mishap: Mishap) -> Self {
        self.with(|hook| hook.mishaps.push_back(mishap))
    }

    /// Lets something happen to every push, or no longer.
    pub fn every(&self, mishap: Option<Mishap>) -> Self {
        self.with(|hook| hook.every = mishap)
    }

    /// Keeps pushes back until [`release`](Self::release).
    pub fn hold(&self) -> Self {
        self.with(|hook| _ = hook.held.get_or_insert_default())
    }

    /// Sends what was kept back, in order.
    pub fn release(&self) -> Self {
        self.let_go(false)
    }

    /// Sends what was kept back, the newest first.
    pub fn release_reversed(&self) -> Self {
        self.let_go(true)
    }

    /// What was sent to it.
    pub fn deliveries(&self) -> Vec<FakeDelivery> {
        let all = self.fake.deliveries();
        all.into_iter().filter(|delivery| delivery.webhook == self.id).collect()
    }

    fn let_go(&self, reversed: bool) -> Self {
        let mut state = self.fake.running.shared.lock();
        let held = state.post.hooks.get_mut(&self.id).and_then(|hook| hook.held.take());
        let mut held = held.unwrap_or_default();
        if reversed {
            held.reverse();
        }
        held.into_iter().for_each(|parcel| state.post.hand_over(parcel));
        self.clone()
    }

    fn with(&self, change: impl FnOnce(&mut Hook)) -> Self {
        self.fake.running.shared.lock().post.hooks.get_mut(&self.id).map(change);
        self.clone()
    }
}

impl FakeAppStoreConnect {
    /// What was sent to all webhooks.
    pub fn deliveries(&self) -> Vec<FakeDelivery> {
        self.running.shared.lock().post.log.iter().map(FakeDelivery::of).collect()
    }

    /// Waits until no push is on its way. Those that are held back do not count.
    pub async fn settled(&self) {
        self.wait_until(Post::is_idle).await;
    }

    /// Waits until so many pushes have arrived or failed since the start.
    pub async fn wait_for_deliveries(&self, count: usize) {
        self.wait_until(|post| post.over() >= count).await;
    }

    async fn wait_until(&self, reached: impl Fn(&Post) -> bool) {
        let mut done = self.running.shared.lock().post.done.subscribe();
        while !reached(&self.running.shared.lock().post) {
            // The sender lives as long as the fake.
            if done.changed().await.is_err() {
                return;
            }
        }
    }
}

impl FakeDelivery {
    fn of(entry: &Entry) -> Self {
        Self {
            webhook: entry.hook.clone(),
            kind: entry.event.kind.clone(),
            payload: entry.event.payload.clone(),
            state: entry.state(),
            status: entry.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok().copied()),
            redelivery: entry.redelivery,
        }
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A webhook as a resource. Its secret is never shown.
pub(super) fn hook(id: &str, hook: &Hook) -> Entity {
    let attributes =
        json!({"enabled": hook.enabled, "eventTypes": hook.event_types, "name": hook.name, "url": hook.url});
    Entity::new("webhooks", id, attributes)
}

/// A log entry as a resource.
pub(super) fn delivery(entry: &Entry) -> Entity {
    let sent = entry.outcome.as_ref().map(|_| moment(entry.created));
    let error = entry.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
    let status = entry.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok());
    let attributes = json!({
        "createdDate": moment(entry.created),
        "deliveryState": entry.state(),
        "errorMessage": error,
        "redelivery": entry.redelivery,
        "sentDate": sent,
        "request": {"url": entry.url},
        "response": status.map(|status| json!({"httpStatusCode": status, "body": ""})),
    });
    let event = &entry.event;
    let ping = event.kind == EventType::Ping;
    let name = (!ping).then(|| event.kind.api_name().to_owned());
    let said = json!({
        "eventType": name,
        "payload": event.payload,
        "ping": ping,
        "createdDate": moment(event.created),
    });
    let event = Entity::new("webhookEvents", event.id.clone(), said);
    Entity::new("webhookDeliveries", entry.id.clone(), attributes).with("event", Relation::One(Some(event)))
}
