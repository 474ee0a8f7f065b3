//! What the fake lets one write: webhooks, pings, and deliveries once more.

use serde_json::Value;

use super::post::Hook;
use super::question::Refusal;
use super::render::Entity;
use super::state::State;
use super::{Endpoint, webhook};
use crate::webhooks::EventType;

/// Apple's limit for one app.
const MOST: usize = 10;

/// What came of a write: a resource, nothing to show, or a status with a refusal.
pub(super) enum Written {
    Made(Entity),
    Changed(Entity),
    Gone,
    Refused(u16, Refusal),
}

fn missing(what: &str) -> Written {
    Written::Refused(404, ("NOT_FOUND", format!("There is no resource of type '{what}' with this id")))
}

fn unfit(what: &str) -> Written {
    Written::Refused(409, ("ENTITY_ERROR.ATTRIBUTE.REQUIRED", format!("'{what}' is required and must be valid")))
}

/// Does what a request other than `GET` asks.
pub(super) fn apply(state: &mut State, endpoint: Endpoint, method: &str, id: &str, body: &[u8]) -> Written {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let related = |name: &str| {
        let id = body.pointer(&format!("/data/relationships/{name}/data/id")).and_then(Value::as_str);
        id.unwrap_or_default().to_owned()
    };
    let kind = body.pointer("/data/type").and_then(Value::as_str);
    match (endpoint, method) {
        (Endpoint::Webhooks, "POST") if kind == Some("webhooks") => create(state, &body, &related("app")),
        (Endpoint::Webhook, "PATCH") if kind == Some("webhooks") => update(state, &body, id),
        (Endpoint::Webhook, "DELETE") => match state.post.hooks.remove(id) {
            Some(_) => Written::Gone,
            None => missing("webhooks"),
        },
        (Endpoint::WebhookPings, "POST") if kind == Some("webhookPings") => {
            let hook = related("webhook");
            if !state.post.hooks.contains_key(&hook) {
                return missing("webhooks");
            }
            let ping = state.ping();
            let made = Entity::new("webhookPings", ping.id.clone(), Value::Null);
            state.post.send(&hook, ping, false);
            Written::Made(made)
        }
        (Endpoint::Redeliveries, "POST") if kind == Some("webhookDeliveries") => {
            let template = related("template");
            let Some(entry) = state.post.log.iter().find(|entry| entry.id == template).cloned() else {
                return missing("webhookDeliveries");
            };
            state.post.send(&entry.hook, entry.event, true);
            match state.post.log.last() {
                Some(entry) => Written::Made(webhook::delivery(entry)),
                None => missing("webhooks"),
            }
        }
        _ => unfit("type"),
    }
}

fn create(state: &mut State, body: &Value, app: &str) -> Written {
    if !state.world.apps.contains_key(app) {
        return missing("apps");
    }
    if state.post.hooks.values().filter(|hook| hook.app == app).count() >= MOST {
        let detail = "You have reached the limit of webhooks for this app".to_owned();
        return Written::Refused(409, ("ENTITY_ERROR.RELATIONSHIP.INVALID", detail));
    }
    let mut hook = Hook { app: app.to_owned(), ..Hook::default() };
    for name in ["name", "secret", "eventTypes", "url", "enabled"] {
        if body.pointer(&format!("/data/attributes/{name}")).is_none_or(Value::is_null) {
            return unfit(name);
        }
    }
    if let Err(name) = fill(&mut hook, body) {
        return unfit(name);
    }
    let id = state.post.make();
    let made = webhook::hook(&id, &hook);
    state.post.hooks.insert(id, hook);
    Written::Made(made)
}

fn update(state: &mut State, body: &Value, id: &str) -> Written {
    let Some(hook) = state.post.hooks.get_mut(id) else { return missing("webhooks") };
    if body.pointer("/data/id").and_then(Value::as_str) != Some(id) {
        return unfit("id");
    }
    match fill(hook, body) {
        Ok(()) => Written::Changed(webhook::hook(id, hook)),
        Err(name) => unfit(name),
    }
}

/// Takes over the attributes that are there, or names the first that is not as it should be.
fn fill(hook: &mut Hook, body: &Value) -> Result<(), &'static str> {
    let given = |name: &str| body.pointer(&format!("/data/attributes/{name}")).filter(|value| !value.is_null());
    for (name, place) in [("name", &mut hook.name), ("secret", &mut hook.secret), ("url", &mut hook.url)] {
        if let Some(value) = given(name) {
            *place = value.as_str().filter(|text| !text.is_empty()).ok_or(name)?.to_owned();
        }
    }
    if let Some(value) = given("enabled") {
        hook.enabled = value.as_bool().ok_or("enabled")?;
    }
    if let Some(value) = given("eventTypes") {
        let names = value.as_array().ok_or("eventTypes")?.iter().map(|name| name.as_str().map(str::to_owned));
        let names: Vec<String> = names.collect::<Option<_>>().ok_or("eventTypes")?;
        let known = |name: &String| EventType::known().any(|kind| kind.api_name() == name);
        if names.is_empty() || !names.iter().all(known) {
            return Err("eventTypes");
        }
        hook.event_types = names;
    }
    Ok(())
}
