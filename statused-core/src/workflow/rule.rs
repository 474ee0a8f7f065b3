//! The provided workflow: a list of conditions that all must hold.

use std::collections::BTreeSet;

use super::{Route, Workflow};
use crate::model::{AppId, Event, EventKind, SinkId};

/// A workflow made of conditions; one that is left out always holds.
///
/// ```
/// use statused_core::RuleWorkflow;
/// use statused_core::model::EventKind;
///
/// let workflow = RuleWorkflow::new("MyApp production → #releases")
///     .apps(["1234567890"])
///     .events([EventKind::App])
///     .statuses(["Ready for Sale", "Rejected"])
///     .sinks(["slack"]);
/// ```
#[derive(Clone, Debug)]
pub struct RuleWorkflow {
    name: String,
    apps: Option<BTreeSet<AppId>>,
    events: Option<BTreeSet<EventKind>>,
    statuses: Option<BTreeSet<String>>,
    tracks: Option<BTreeSet<String>>,
    testflight: bool,
    enabled: bool,
    sinks: Vec<SinkId>,
}

impl RuleWorkflow {
    /// A workflow that is on, has no conditions and no sinks.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            apps: None,
            events: None,
            statuses: None,
            tracks: None,
            testflight: true,
            enabled: true,
            sinks: Vec::new(),
        }
    }

    /// Only these apps, by the store's id, bundle identifier or package name. Account events, which belong to no app,
    /// pass.
    #[must_use]
    pub fn apps<I: Into<AppId>>(mut self, apps: impl IntoIterator<Item = I>) -> Self {
        self.apps = Some(apps.into_iter().map(Into::into).collect());
        self
    }

    /// Only these kinds of event. [`EventKind::App`] includes [`EventKind::Explained`] and [`EventKind::Policy`];
    /// [`EventKind::Build`] includes [`EventKind::TestFlight`], which includes [`EventKind::Feedback`].
    #[must_use]
    pub fn events(mut self, events: impl IntoIterator<Item = EventKind>) -> Self {
        self.events = Some(events.into_iter().collect());
        self
    }

    /// Only these statuses, by label or code, whatever the case of their letters. Feedback has no status, and does not
    /// pass.
    #[must_use]
    pub fn statuses<S: AsRef<str>>(mut self, statuses: impl IntoIterator<Item = S>) -> Self {
        self.statuses = Some(statuses.into_iter().map(|s| s.as_ref().to_lowercase()).collect());
        self
    }

    /// Only these release tracks, by name or by the store's id. Events without a track pass.
    #[must_use]
    pub fn tracks<S: AsRef<str>>(mut self, tracks: impl IntoIterator<Item = S>) -> Self {
        self.tracks = Some(tracks.into_iter().map(|t| t.as_ref().to_lowercase()).collect());
        self
    }

    /// Whether builds, beta states and testers' feedback pass.
    #[must_use]
    pub fn testflight(mut self, on: bool) -> Self {
        self.testflight = on;
        self
    }

    /// Whether it is switched on.
    #[must_use]
    pub fn enabled(mut self, on: bool) -> Self {
        self.enabled = on;
        self
    }

    /// Where events go.
    #[must_use]
    pub fn sinks<S: Into<SinkId>>(mut self, sinks: impl IntoIterator<Item = S>) -> Self {
        self.sinks = sinks.into_iter().map(Into::into).collect::<BTreeSet<_>>().into_iter().collect();
        self
    }

    fn matches(&self, event: &Event) -> bool {
        self.matches_app(event)
            && self.matches_kind(event.kind)
            && self.statuses.as_ref().is_none_or(|wanted| {
                let code = event.data.status_code.as_ref().map(|status| status.code().to_lowercase());
                wanted.contains(&event.data.status.to_lowercase()) || code.is_some_and(|code| wanted.contains(&code))
            })
            && self.tracks.as_ref().is_none_or(|wanted| {
                let named = [&event.data.track, &event.data.track_id];
                let mut named = named.into_iter().flatten().peekable();
                named.peek().is_none() || named.any(|track| wanted.contains(&track.to_lowercase()))
            })
    }

    fn matches_app(&self, event: &Event) -> bool {
        let (Some(wanted), Some(app)) = (&self.apps, event.aggregate.app()) else { return true };
        wanted.contains(app)
            || event.data.bundle_id.as_ref().is_some_and(|id| wanted.contains(&AppId::from(id.as_str())))
    }

    fn matches_kind(&self, kind: EventKind) -> bool {
        // From the narrow to the wide.
        let beta = [EventKind::Feedback, EventKind::TestFlight, EventKind::Build];
        let place = beta.iter().position(|beta| *beta == kind);
        let of_app = matches!(kind, EventKind::Explained | EventKind::Policy);
        let wanted = self.events.as_ref().is_none_or(|wanted| {
            wanted.contains(&kind)
                || (of_app && wanted.contains(&EventKind::App))
                || place.is_some_and(|place| beta[place..].iter().any(|beta| wanted.contains(beta)))
        });
        wanted && (self.testflight || place.is_none())
    }
}

impl Workflow for RuleWorkflow {
    fn name(&self) -> &str {
        &self.name
    }

    fn sinks(&self) -> Vec<SinkId> {
        self.sinks.clone()
    }

    fn enabled(&self) -> bool {
        self.enabled
    }

    fn route(&self, event: &Event) -> Vec<Route> {
        if !self.enabled || !self.matches(event) {
            return Vec::new();
        }
        self.sinks.iter().cloned().map(Route::to).collect()
    }
}
