//! The scenarios.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::super::destination::Answer::{Gone, Refused, Silent, Wait};
use super::super::parts::{Config, Parts};
use super::super::staging::Act;
use super::Scenario;
use super::script::Script;
use crate::RuleWorkflow;
use crate::model::Need;
use crate::model::Status::{
    AgreementAccepted, InReview, PendingAgreement, PendingDeveloperRelease, PrepareForSubmission, Processing,
    ReadyForSale, Rejected, ReplacedWithNewVersion, RolloutFinished, RolloutInProgress, RolloutPaused, Valid,
    WaitingForReview,
};
use crate::source::SourceErrorKind::{Throttled, Transient};

/// A review that goes well.
fn review(script: &mut Script) {
    let life = [(-60, WaitingForReview), (15, InReview), (40, PendingDeveloperRelease), (60, ReadyForSale)];
    script.version("1", &life);
}

fn configured(change: impl FnOnce(&mut Config)) -> Act {
    let mut config = Config::new(&Parts::default().complete());
    change(&mut config);
    Act::Reconfigure(config)
}

pub(super) const ALL: &[Scenario] = &[
    Scenario("a release's life", |script| {
        let life = [(7, PrepareForSubmission), (12, WaitingForReview), (25, InReview), (40, ReadyForSale)];
        script.version("1", &life);
    }),
    Scenario("a rejection and the way back", |script| {
        let life = [(-60, WaitingForReview), (12, InReview), (25, Rejected), (40, WaitingForReview), (52, InReview)];
        script.version("1", &life);
    }),
    Scenario("a phased release that pauses", |script| {
        script.version("1", &[(-60, InReview), (12, ReadyForSale)]);
        let rollout = [(12, RolloutInProgress, 1), (25, RolloutPaused, 1), (40, RolloutInProgress, 1)];
        script.rollout("1", &rollout);
    }),
    Scenario("a phased release to its end", |script| {
        script.version("1", &[(-60, InReview), (12, ReadyForSale)]);
        let rollout = [(12, RolloutInProgress, 20), (25, RolloutInProgress, 50), (40, RolloutFinished, 100)];
        script.rollout("1", &rollout);
    }),
    Scenario("a version takes another's place", |script| {
        script.version("1", &[(-60, ReadyForSale), (30, ReplacedWithNewVersion)]);
        script.version("2", &[(7, PrepareForSubmission), (20, InReview), (30, ReadyForSale)]);
    }),
    Scenario("builds are processed", |script| {
        script.build("1", &[(-60, Processing), (12, Valid)]);
        script.build("2", &[(22, Processing), (33, Valid)]);
    }),
    Scenario("an app appears", |script| {
        review(script);
        script.second_app(&[(20, PrepareForSubmission), (35, WaitingForReview)]);
    }),
    Scenario("pushes ahead of the lists", |script| {
        review(script);
        [15, 40, 60].into_iter().for_each(|at| script.push("1", at, at));
    }),
    Scenario("a push while nobody listens", |script| {
        review(script);
        script.push("1", 15, 15);
        script.act(14, Act::Crash(0));
        script.push("1", 40, 42);
    }),
    Scenario("a push that lacks its version", |script| {
        review(script);
        [15, 40].into_iter().for_each(|at| script.push_needing("1", at, at, Need::Look));
    }),
    Scenario("a push that nobody can complete", |script| {
        review(script);
        script.push_needing("1", 40, 40, Need::Look);
        script.failing(38, 50, Transient);
    }),
    Scenario("pushes late, doubled and in disorder", |script| {
        review(script);
        for (at, arrives) in [(40, 41), (15, 43), (40, 44), (60, 61), (15, 62)] {
            script.push("1", at, arrives);
        }
    }),
    Scenario("a step back that is so", |script| {
        script.version("1", &[(-60, InReview), (12, Rejected), (30, InReview), (45, ReadyForSale)]);
    }),
    Scenario("a step back that is a stale page", |script| {
        review(script);
        script.stale(20, 35, 30);
        script.stale(70, 80, 25);
    }),
    Scenario("an agreement comes and goes", |script| {
        review(script);
        script.account(&[(-60, AgreementAccepted), (20, PendingAgreement), (38, AgreementAccepted)]);
    }),
    Scenario("the store throttles", |script| {
        review(script);
        script.failing(14, 30, Throttled);
    }),
    Scenario("a destination is gone", |script| {
        review(script);
        script.sink("b", 10, 80, Gone);
    }),
    Scenario("a destination asks for patience", |script| {
        review(script);
        script.sink("b", 10, 50, Wait(Duration::from_secs(400)));
    }),
    Scenario("a destination refuses", |script| {
        review(script);
        script.sink("b", 0, 30, Refused);
    }),
    Scenario("a destination does not answer", |script| {
        review(script);
        script.sink("a", 10, 17, Silent);
    }),
    Scenario("a sink is removed for a while", |script| {
        review(script);
        script.act(10, configured(|config| config.sinks.retain(|sink| sink.as_str() != "b")));
    }),
    Scenario("a workflow is edited", |script| {
        review(script);
        let edited = RuleWorkflow::new("edited").statuses(["Ready for Sale"]).sinks(["a", "b"]);
        script.act(10, configured(|config| drop(config.workflows.insert("w1".into(), Arc::new(edited)))));
    }),
    Scenario("retention is short", |script| {
        review(script);
        let hour = Duration::from_secs(3600);
        script.act(
            2,
            configured(|config| (config.settings.keep_history, config.settings.keep_deliveries) = (hour, hour)),
        );
    }),
    Scenario("a second process", |script| {
        review(script);
        script.machines = 2;
        script.push("1", 15, 16);
    }),
    Scenario("a process stands still and goes on", |script| {
        review(script);
        script.machines = 2;
        script.act(15, Act::Pause(0, TimeDelta::minutes(20)));
        script.act(45, Act::Pause(1, TimeDelta::minutes(20)));
    }),
    Scenario("three processes are replaced one by one", |script| {
        review(script);
        script.machines = 3;
        script.act(12, configured(|_| ()));
    }),
    Scenario("clocks are set", |script| {
        review(script);
        script.act(20, Act::Jump(0, TimeDelta::hours(-10)));
        script.act(50, Act::Jump(0, TimeDelta::hours(10)));
    }),
];
