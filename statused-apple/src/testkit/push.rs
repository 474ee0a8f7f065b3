//! What the fake pushes, in the shapes of Apple's documents.

use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value, json};

use super::FakeAppStoreConnect;
use super::post::Event;
use super::state::State;
use crate::webhooks::EventType;

impl FakeAppStoreConnect {
    /// Tells the webhooks of an app that a state has changed, if it has.
    pub(super) fn push_state(&self, app: &str, kind: EventType, id: &str, from: Option<&str>, to: Option<&str>) {
        if from == to {
            return;
        }
        let (old, new, timed) = match kind {
            EventType::VersionState => ("oldValue", "newValue", true),
            EventType::ExternalBetaState => ("oldExternalBuildState", "newExternalBuildState", true),
            EventType::BuildUploadState => ("oldState", "newState", false),
            _ => ("oldState", "newState", true),
        };
        let mut attributes = json!({new: to});
        if let Some(from) = from {
            attributes[old] = json!(from);
        }
        self.push(app, kind, attributes, timed, id);
    }

    /// Tells the webhooks of an app that something is there.
    pub(super) fn push_created(&self, app: &str, kind: EventType, id: &str) {
        self.push(app, kind, json!({}), true, id);
    }

    fn push(&self, app: &str, kind: EventType, mut attributes: Value, timed: bool, id: &str) {
        let mut state = self.running.shared.lock();
        let event = state.event(kind, |event, now| {
            if timed {
                attributes["timestamp"] = json!(now);
            }
            let resource = resource_of(&event.kind);
            let link = json!({"self": format!("https://api.appstoreconnect.apple.com/v1/{resource}/{id}")});
            // Asset packs come without a version and without `data`, as in Apple's document.
            if resource.starts_with("backgroundAsset") {
                let instance = json!({"id": id, "type": resource, "links": link});
                json!({"attributes": attributes, "relationships": {"instance": instance}})
            } else {
                let instance = json!({"data": {"type": resource, "id": id}, "links": link});
                json!({"version": 1, "attributes": attributes, "relationships": {"instance": instance}})
            }
        });
        state.post.publish(app, &event);
    }

    /// Sends a body of your own to the webhooks of an app that want this type, and logs it.
    pub(super) fn push_body(&self, app: &str, kind: EventType, payload: &str) {
        let mut state = self.running.shared.lock();
        let mut event = state.event(kind, |_, _| json!({}));
        payload.clone_into(&mut event.payload);
        state.post.publish(app, &event);
    }
}

impl State {
    /// An event of now.
    fn event(&mut self, kind: EventType, data: impl FnOnce(&Event, String) -> Value) -> Event {
        // No two at the same moment, so that their order can be told.
        let soonest = self.post.last_event.map(|last| last + TimeDelta::milliseconds(1));
        let created = soonest.map_or((self.clock)(), |soonest| soonest.max((self.clock)()));
        self.post.last_event = Some(created);
        let mut event = Event { id: self.post.make(), kind, payload: String::new(), created };
        let mut data = data(&event, created.to_rfc3339_opts(SecondsFormat::Millis, true));
        data["type"] = json!(event.kind.wire_name());
        data["id"] = json!(event.id);
        event.payload = format!("{:#}", json!({"data": data}));
        event
    }

    pub(super) fn ping(&mut self) -> Event {
        self.event(EventType::Ping, |_, now| json!({"version": 1, "attributes": {"timestamp": now}}))
    }
}

/// The type of the resource that an event is about.
fn resource_of(kind: &EventType) -> &'static str {
    match kind {
        EventType::VersionState => "appStoreVersions",
        EventType::BuildUploadState => "buildUploads",
        EventType::ExternalBetaState => "buildBetaDetails",
        EventType::ScreenshotFeedback => "betaFeedbackScreenshotSubmissions",
        EventType::CrashFeedback => "betaFeedbackCrashSubmissions",
        EventType::AssetVersionState => "backgroundAssetVersions",
        EventType::AssetInternalBetaRelease => "backgroundAssetVersionInternalBetaReleases",
        EventType::AssetExternalBetaState => "backgroundAssetVersionExternalBetaReleases",
        EventType::AssetStoreState => "backgroundAssetVersionAppStoreReleases",
        _ => "things",
    }
}
