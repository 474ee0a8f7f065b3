//! What is outside of the process: the account that it polls, the pushes that come, and the sinks.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Happening, World};
use crate::engine::{Aggregate, Input};
use crate::model::{AggregateKey, Details, Need, Observation, Sighting, Sightings, SinkId, SubjectKey};
use crate::sink::{Outcome, Verdict};
use crate::source::{Checkpoint, PollReport, PollRequest, Scope, SourceError, SourceErrorKind};
use crate::store::Claim;
use crate::testkit::sim::oracle::Receipt;
use crate::testkit::sim::truth::{App, Life};

impl World {
    /// The account answers a poll.
    pub(super) fn poll(&mut self, request: &PollRequest) -> Input {
        let (source, seen_at) = (request.source.clone(), request.now);
        if self.chance(self.faults.poll_fails) {
            let error = SourceError::new(SourceErrorKind::Transient, "simulated");
            return Input::Polled { source, seen_at, result: Err(error) };
        }
        let stale = if self.chance(self.faults.page_stale) { self.rng.i64(1..600) } else { 0 };
        if stale > 0 || !request.verify.is_empty() {
            let scope = request.scope;
            self.tale(|| format!("{scope:?} poll, pages {stale} min old, direct looks at {:?}", request.verify));
        }
        let logged = request.scope == Scope::Full && (self.healed || self.chance(self.faults.log_read));
        let mut report = PollReport::new();
        let truth = std::mem::take(&mut self.truth);
        for app in &truth.apps {
            let sighting = match request.scope {
                Scope::Full => self.look(app, request, stale, logged),
                Scope::Named => self.look_directly(app, request),
            };
            report.sightings.insert(app.key.clone(), sighting);
        }
        self.truth = truth;
        report.checkpoint = Some(request.checkpoint.clone().unwrap_or_else(|| Checkpoint("1".to_owned())));
        Input::Polled { source, seen_at, result: Ok(report) }
    }

    fn look(&mut self, app: &App, request: &PollRequest, stale: i64, logged: bool) -> Sighting {
        let known = if stale > 0 { self.tables.load(std::slice::from_ref(&app.key)).pop() } else { None };
        let known = known.and_then(|stored| Aggregate::from_json(&stored.state).ok());
        let mut sighting = app.frame.clone();
        for (subject, life) in &app.lives {
            let asked = request.verify.iter().any(|(of, what)| *of == app.key && what == subject);
            // A stale page is one that was served before: it shows only what has been seen.
            let known = known.as_ref().filter(|_| !asked).and_then(|known| known.subjects.get(subject));
            let old = known.and_then(|known| {
                let old = life.observe(subject, self.now - TimeDelta::minutes(stale), request.now)?;
                (known.status == old.status || known.left.contains(&old.status)).then_some(old)
            });
            if self.chance(self.faults.subject_missing) {
                sighting.covered.remove(&subject.kind);
            } else if let Some(mut seen) = old.or_else(|| self.answer(subject, life, request)) {
                if logged && life.parent.is_none() {
                    seen.trail = life.log(&seen.status, self.now);
                }
                sighting.observations.push(self.dated(seen));
            }
        }
        sighting
    }

    fn look_directly(&mut self, app: &App, request: &PollRequest) -> Sighting {
        let mut sighting = Sighting::new();
        for (subject, life) in &app.lives {
            let asked = request.verify.iter().any(|(of, what)| *of == app.key && what == subject);
            if asked && !self.chance(self.faults.subject_missing) {
                let seen = self.answer(subject, life, request).map(|seen| self.dated(seen));
                sighting.observations.extend(seen);
            }
        }
        sighting
    }

    /// What the API says of a subject: a little less than what the pushes do.
    fn answer(&self, subject: &SubjectKey, life: &Life, request: &PollRequest) -> Option<Observation> {
        life.observe(subject, self.now - TimeDelta::seconds(self.faults.api_lag), request.now)
    }

    fn dated(&self, mut seen: Observation) -> Observation {
        seen.looked_at = self.faults.clock_shown.then_some(self.now);
        seen
    }

    /// A sink answers a delivery.
    pub(super) fn deliver(&mut self, sink: SinkId, claim: Claim, began: DateTime<Utc>) -> Input {
        let (outcome, arrives) = if self.chance(self.faults.sink_refuses) {
            (Outcome::retry("simulated"), false)
        } else if self.chance(self.faults.sink_ambiguous) {
            (Outcome::ambiguous("simulated"), self.rng.bool())
        } else if self.chance(self.faults.sink_throttles) {
            (Outcome::retry_after(Duration::from_secs(self.rng.u64(1..300)), "simulated"), false)
        } else if self.chance(self.faults.sink_dies) {
            (Outcome::new(Verdict::Dead).with_detail("simulated"), false)
        } else {
            (Outcome::delivered(), true)
        };
        let delivery = claim.id;
        if arrives {
            let event = &claim.notification.event;
            let welcome = matches!(event.aggregate, AggregateKey::Workflow(_));
            if !welcome && !self.announced_at.contains_key(&event.id) {
                self.unwritten.push(event.id);
            }
            self.receipts.push(Receipt { sink: sink.clone(), notification: claim.notification });
        }
        Input::Delivered { sink, delivery, began, took: Duration::from_millis(5), outcome }
    }

    /// Draws the pushes that come, and when.
    pub(super) fn plan_pushes(&mut self, start: DateTime<Utc>) {
        let truth = std::mem::take(&mut self.truth);
        for (key, subject, life) in truth.lives() {
            for (at, _) in life.states.iter().filter(|(at, _)| *at > start) {
                if self.rng.f64() >= self.faults.push_sent {
                    continue;
                }
                let Some(observation) = life.observe(subject, *at, *at) else { continue };
                let mut push = observation.with_as_of(*at);
                if self.rng.f64() < self.faults.push_bare {
                    push.details = Details::new();
                    push.from = life.before(*at);
                    push.need = if self.rng.bool() { Need::Identity } else { Need::Look };
                }
                let push = Sightings::from([(key.clone(), Sighting::new().with(push))]);
                let copies = if self.rng.f64() < self.faults.push_doubled { 2 } else { 1 };
                for _ in 0..copies {
                    // Most come at once; some take hours.
                    let most = if self.rng.f64() < 0.8 { 2 } else { 4 * 3600 };
                    let late = TimeDelta::milliseconds(self.rng.i64(50..most * 1000));
                    self.at(*at + late, Happening::Push(push.clone()));
                }
            }
        }
        self.truth = truth;
    }
}
