//! How many requests a poll makes, and which.

use std::collections::BTreeMap;
use std::time::Duration;

use statused_apple::testkit::Fault;
use statused_core::StatusSource as _;
use statused_core::model::{SubjectKey, SubjectKind};
use statused_core::source::{PollRequest, Scope};

use crate::support::*;

/// The budget of `2 + P`, and `3 + P` while something is under review.
#[tokio::test]
async fn one_hundred_and_fifty_apps_cost_two_requests_and_one_for_each_rollout() {
    let mut watch = watch().await;
    for n in 0..150 {
        let app = watch.fake.app(&format!("{}", 2000 + n), "App", "com.acme.app");
        app.build("1.0", "1").processing("VALID").external("IN_BETA_TESTING");
        let live = app.version("1.0").state("READY_FOR_SALE");
        if n < 3 {
            live.phased("ACTIVE", Some(2));
        }
    }
    let first = watch.poll().await;
    assert_eq!(watch.counts(), [1, 0, 150, 1, 0], "each live version is looked at once");
    assert_eq!(first.sightings.len(), 151);

    for _ in 0..2 {
        let report = watch.poll().await;
        assert_eq!(watch.counts(), [1, 0, 3, 1, 0]);
        assert_eq!(report.requests, 5);
        assert_eq!(report.come_back, None);
    }

    for n in 0..40 {
        watch.fake.app(&format!("{}", 2000 + n), "", "").version("1.1").state("WAITING_FOR_REVIEW");
    }
    let report = watch.poll().await;
    assert_eq!(watch.counts(), [1, 0, 3, 1, 1]);
    assert_eq!(report.requests, 6);
    let asked = watch.fake.requests();
    let filter = asked
        .iter()
        .flat_map(|logged| &logged.query)
        .rfind(|(name, value)| name == "filter[app]" && value.contains(','));
    assert_eq!(filter.map(|(_, ids)| ids.split(',').count()), Some(40), "only apps under review are asked about");
}

#[tokio::test]
async fn more_apps_come_in_pages_and_their_builds_in_chunks() {
    let mut watch = watch().await;
    for n in 0..250 {
        watch.fake.app(&format!("{}", 2000 + n), "App", "com.acme.app").build("1.0", "1");
    }
    let report = watch.poll().await;
    assert_eq!(watch.counts(), [2, 0, 0, 2, 0]);
    assert_eq!(report.sightings.len(), 251);

    let ids: Vec<String> = (0..250).map(|n| format!("{}", 2000 + n)).collect();
    let configured = builder(&watch.fake).apps(ids).build().unwrap();
    watch.source = configured;
    assert_eq!(watch.poll().await.sightings.len(), 251);
    assert_eq!(watch.counts(), [2, 0, 0, 2, 0]);
}

#[tokio::test]
async fn only_the_configured_apps_are_watched_and_hidden_ones_are_named() {
    let mut watch = watch_with(|builder| builder.apps(["1000", " 4711", "1000"])).await;
    watch.app();
    watch.fake.app("2000", "Other", "com.acme.other");
    let report = watch.poll_through().await;
    assert_eq!(report.sightings.keys().map(ToString::to_string).collect::<Vec<_>>(), ["account:acme", "app:acme/1000"]);
    assert_eq!(report.troubles.len(), 1);
    assert!(report.troubles[0].message.contains("does not show 4711"), "{}", report.troubles[0]);
}

#[tokio::test]
async fn no_apps_is_a_success() {
    let mut watch = watch().await;
    let report = watch.poll().await;
    assert_eq!((watch.counts(), report.sightings.len()), ([1, 0, 0, 0, 0], 1));
}

/// What the live API does with relationships that `fields` does not name.
#[tokio::test]
async fn relationships_are_named_in_the_sparse_fieldsets() {
    let mut watch = watch().await;
    let app = watch.app().icon("https://icons.example/own");
    let version = app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(1));
    let build = app.build("1.0", "1").processing("VALID").external("IN_BETA_TESTING");
    let review = app.version("1.1").state("IN_REVIEW");
    review.submission("IN_REVIEW");
    let report = watch.poll().await;
    assert!(rollout(&report, version.id()).is_some());
    assert!(status(&report, SubjectKind::TestFlight, &build.detail_id()).is_some());
    for logged in watch.fake.requests() {
        let value = |name: &str| logged.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
        let kind = logged.path.rsplit('/').find(|part| !part.contains('-')).unwrap_or_default();
        let fields: Vec<_> = value(&format!("fields[{kind}]")).split(',').map(str::to_owned).collect();
        for included in value("include").split(',').filter(|name| !name.is_empty()) {
            assert!(fields.iter().any(|field| field == included), "{} includes {included} unnamed", logged.path);
        }
    }
    let icon = sighting(&report).app.icon_url.clone();
    assert_eq!(icon.as_deref(), Some("https://icons.example/own/512x512bb.png"));
}

#[tokio::test]
async fn a_refused_icon_does_not_cost_the_versions() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    watch.fake.inject(Fault::status(400));
    let report = watch.poll().await;
    assert!(version_status(&report, version.id()).is_some());
    assert_eq!(watch.counts()[0], 2);
    watch.poll().await;
    assert_eq!(watch.counts()[0], 1, "it is not asked for again");
}

#[tokio::test]
async fn a_low_budget_slows_the_polls_and_nothing_else_does() {
    let mut watch = watch_with(|builder| builder.poll_every(Duration::from_millis(250))).await;
    assert_eq!(watch.source.interval(), Duration::from_millis(250));
    watch.app();
    watch.fake.rate_limit(3600, 1000);
    assert_eq!(watch.poll().await.come_back, None);
    watch.fake.rate_limit(3600, 362);
    let report = watch.poll().await;
    assert_eq!((report.come_back, report.troubles), (None, Vec::new()), "a tenth is left");
    watch.fake.rate_limit(3600, 38);
    let report = watch.poll_through().await;
    assert_eq!(report.come_back, Some(Duration::from_secs(20)), "2 requests x 1 s x 360/36");
    let says_so = report.troubles.iter().any(|trouble| trouble.message.contains("polls are slower"));
    assert!(says_so, "{:?}", report.troubles);
    watch.fake.rate_limit(3600, 2);
    assert_eq!(watch.poll_through().await.come_back, Some(Duration::from_secs(600)));
}

#[tokio::test]
async fn rollouts_take_turns_early_enough_that_the_lists_never_wait() {
    let mut watch = watch_with(|builder| builder.poll_every(Duration::from_secs(30))).await;
    for n in 0..12 {
        let app = watch.fake.app(&format!("{}", 2000 + n), "App", "com.acme.app");
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(2));
    }
    watch.poll().await;
    watch.fake.rate_limit(3600, 1802);
    watch.poll().await;
    assert_eq!(watch.counts()[2], 12, "half is left");
    watch.fake.rate_limit(3600, 1562);
    let report = watch.poll_through().await;
    assert_eq!(
        watch.counts()[2],
        7,
        "1560 less the reserve are ten in thirty seconds: two lists, and reviews may need one"
    );
    assert!(report.troubles.iter().any(|trouble| trouble.message.contains("take turns")), "{:?}", report.troubles);
    assert_eq!(report.come_back, None);
}

#[tokio::test]
async fn rollouts_take_turns_while_the_budget_is_low_and_the_lists_do_not() {
    let mut watch = watch_with(|builder| builder.poll_every(Duration::from_secs(30))).await;
    for n in 0..12 {
        let app = watch.fake.app(&format!("{}", 2000 + n), "App", "com.acme.app");
        app.version("1.0").state("READY_FOR_SALE").phased("ACTIVE", Some(2));
    }
    watch.poll().await;
    watch.poll().await;
    assert_eq!(watch.counts(), [1, 0, 12, 1, 0]);

    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..4 {
        // Six requests in thirty seconds are allowed, by the answer to the second; the lists are two, and reviews may need one.
        watch.fake.rate_limit(3600, 75);
        let report = watch.poll_through().await;
        assert_eq!(watch.counts(), [1, 0, 3, 1, 0]);
        assert_eq!((report.requests, report.come_back), (5, None));
        let rollouts = report.sightings.values().flat_map(|sighting| &sighting.observations);
        for seen in rollouts.filter(|seen| seen.subject.kind == SubjectKind::PhasedRelease) {
            *shown.entry(seen.subject.id.clone()).or_default() += 1;
        }
        let covered = report.sightings.values().filter(|s| s.covered.contains_key(&SubjectKind::PhasedRelease)).count();
        assert_eq!(covered, 3, "what was not looked at is not said to be gone");
        let told: Vec<_> = report.troubles.iter().map(|trouble| trouble.message.as_str()).collect();
        let turns =
            "phased releases: the hour's requests do not suffice to look at each of them every time: they take turns";
        assert_eq!(told, [turns]);
        // A direct look at another app's version is no turn.
        let mut named = PollRequest::new(source_id(), watch.now);
        named.scope = Scope::Named;
        named.verify = vec![(app_key("1"), SubjectKey::new(SubjectKind::Version, "elsewhere"))];
        watch.source.poll(named).await.unwrap();
    }
    assert_eq!(shown.len(), 12);
    assert!(shown.values().all(|times| *times == 1), "each has had its turn: {shown:?}");
    watch.fake.rate_limit(3600, 3000);
    assert_eq!(watch.poll().await.troubles.len(), 0);
    assert_eq!(watch.counts(), [1, 0, 12, 1, 0]);
}

#[tokio::test]
async fn a_poll_throttled_midway_asks_nothing_more_and_keeps_what_it_has() {
    let mut watch = watch().await;
    let version = watch.app().version("1.0").state("IN_REVIEW");
    watch.poll().await;
    watch.fake.inject(Fault::throttled(Some("77")).on(statused_apple::testkit::Endpoint::Builds));
    version.state("PENDING_DEVELOPER_RELEASE");
    let report = watch.poll_through().await;
    assert_eq!(watch.counts(), [1, 0, 0, 1, 0]);
    assert_eq!(report.come_back, Some(Duration::from_secs(77)));
    assert_eq!(
        version_status(&report, version.id()).map(|s| s.code().to_owned()).as_deref(),
        Some("PENDING_DEVELOPER_RELEASE")
    );
    assert!(!covers(&report, &SubjectKind::Build));
}
