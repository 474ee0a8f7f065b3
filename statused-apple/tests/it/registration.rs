//! Webhooks are registered, once, and their log is read.

use chrono::{TimeDelta, Utc};
use statused_apple::client::ApiErrorKind;
use statused_apple::registration::{DeliveryState, Ensured, Registration, RegistrationError, Wanted};
use statused_apple::testkit::{Endpoint, Fault, Mishap};
use statused_apple::webhooks::EventType;

use crate::support::*;

const URL: &str = "https://status.example.com/sources/acme/webhook/1000";

fn registration(watch: &Watch) -> Registration {
    Registration::new(watch.source.client().clone())
}

#[tokio::test]
async fn ensuring_twice_makes_one_webhook_and_repairs_it() {
    let watch = watch().await;
    let app = watch.app();
    app.webhook("https://elsewhere.example.com", "theirs");
    let registration = registration(&watch);
    let wanted = Wanted::new(URL, "first").sending([EventType::BuildUploadState, EventType::VersionState]);

    let Ensured::Created(id) = registration.ensure(APP, &wanted).await.unwrap() else { panic!("there was none") };
    assert_eq!(registration.ensure(APP, &wanted).await, Ok(Ensured::Unchanged(id.clone())));
    let hook = app.webhooks().into_iter().find(|hook| hook.id() == id).unwrap();
    assert_eq!(hook.settings(), Some(("Statused".to_owned(), URL.to_owned(), "first".to_owned(), true)));
    assert_eq!(hook.event_types(), [EventType::VersionState, EventType::BuildUploadState]);

    let rotated = Wanted::new(URL, "second").sending([EventType::BuildUploadState, EventType::VersionState]);
    assert_eq!(registration.ensure(APP, &rotated).await, Ok(Ensured::Unchanged(id.clone())));
    assert_eq!(hook.settings().unwrap().2, "second", "nobody can see what the secret was, so it is set");

    hook.enable(false);
    assert_eq!(registration.ensure(APP, &rotated).await, Ok(Ensured::Updated(id.clone())));
    assert!(hook.settings().unwrap().3);
    let renamed = rotated.clone().named("Releases");
    assert_eq!(registration.ensure(APP, &renamed).await, Ok(Ensured::Updated(id.clone())));
    let all = Wanted::new(URL, "second").named("Releases");
    assert_eq!(registration.ensure(APP, &all).await, Ok(Ensured::Updated(id.clone())));
    assert_eq!(hook.event_types().len(), 9);
    assert_eq!(app.webhooks().len(), 2);

    let listed = registration.list(APP).await.unwrap();
    assert_eq!((listed[1].id.as_str(), listed[1].name.as_str(), listed[1].url.as_str()), (&*id, "Releases", URL));
    registration.delete(&id).await.unwrap();
    registration.delete(&id).await.unwrap();
    assert_eq!(app.webhooks().len(), 1, "the other one is not ours");
}

#[tokio::test]
async fn ten_are_the_most_and_that_is_said() {
    let watch = watch().await;
    let app = watch.app();
    for n in 0..10 {
        app.webhook(&format!("https://{n}.example.com"), "secret");
    }
    let error = registration(&watch).ensure(APP, &Wanted::new(URL, "secret")).await.unwrap_err();
    assert_eq!(error, RegistrationError::Full { app: APP.to_owned(), most: 10 });
    assert_eq!(watch.fake.count(Endpoint::Webhooks), 0);
    let adopted = registration(&watch).ensure(APP, &Wanted::new("https://7.example.com/", "secret")).await;
    assert!(matches!(adopted, Ok(Ensured::Updated(_))), "{adopted:?}");
}

#[tokio::test]
async fn what_apple_could_not_use_is_refused_before_it_is_asked() {
    let watch = watch().await;
    watch.app();
    for url in ["", "status.example.com", "http://status.example.com/x", "https://me:hunter2@example.com/"] {
        let error = registration(&watch).ensure(APP, &Wanted::new(url, "secret")).await.unwrap_err();
        assert_eq!(error, RegistrationError::Url, "{url}");
    }
    let error = registration(&watch).ensure(APP, &Wanted::new(URL, "")).await.unwrap_err();
    assert_eq!(error, RegistrationError::Secret);
    assert_eq!(watch.fake.requests(), []);
    let wanted = Wanted::new("https://hooks.example.com/hunter2", "hunter3");
    assert!(!format!("{wanted:?}").contains("hunter"));
}

#[tokio::test]
async fn a_developers_key_is_told_which_role_it_needs() {
    let watch = watch().await;
    watch.app();
    watch.fake.developer_key(true);
    let error = registration(&watch).ensure(APP, &Wanted::new(URL, "secret")).await.unwrap_err();
    assert!(error.to_string().contains("App Manager, Admin or Account Holder"), "{error}");
    let error = registration(&watch).deliveries("x", Utc::now()).await.unwrap_err();
    assert_eq!(error.kind, ApiErrorKind::Forbidden);
}

/// What creates something is not tried again when it may have had its effect.
#[tokio::test]
async fn a_creation_is_repeated_only_when_it_surely_had_no_effect() {
    let watch = watch().await;
    let app = watch.app();
    let registration = registration(&watch);
    let wanted = Wanted::new(URL, "secret");
    watch.fake.inject(Fault::status(401).on(Endpoint::Webhooks).times(2));
    registration.create(APP, &wanted).await.unwrap();
    assert_eq!((watch.fake.count(Endpoint::Webhooks), app.webhooks().len()), (3, 1));
    for fault in [Fault::status(500), Fault::dropped()] {
        watch.fake.forget();
        watch.fake.inject(fault.on(Endpoint::Webhooks));
        registration.create(APP, &wanted).await.unwrap_err();
        assert_eq!(watch.fake.count(Endpoint::Webhooks), 1);
    }
    let id = app.webhooks()[0].id().to_owned();
    watch.fake.inject(Fault::status(502).on(Endpoint::Webhook).times(2));
    registration.update(&id, &wanted).await.unwrap();
}

/// An answer that repeats the request must not put the secret into our log.
#[tokio::test]
async fn an_echoed_secret_is_cut_out() {
    let watch = watch().await;
    watch.app();
    let body = r#"{"errors":[{"status":"409","code":"X","title":"t","detail":"the secret 'hunter2' is too short"}]}"#;
    watch.fake.inject(Fault::json(409, body).on(Endpoint::Webhooks));
    let error = registration(&watch).ensure(APP, &Wanted::new(URL, "hunter2")).await.unwrap_err();
    assert!(error.to_string().contains("'[redacted]' is too short"), "{error}");
    assert!(!format!("{error:?} {:?}", watch.source.health()).contains("hunter2"));
}

#[tokio::test]
async fn the_log_is_asked_for_as_the_live_api_wants_it_and_read_from_the_oldest_on() {
    let watch = watch().await;
    let app = watch.app();
    // Nobody listens there.
    let hook = app.webhook("http://127.0.0.1:9/", "secret");
    let version = app.version("1.0").state("WAITING_FOR_REVIEW");
    hook.next(Mishap::Forgotten);
    version.state("IN_REVIEW").state("REJECTED");
    registration(&watch).ping(hook.id()).await.unwrap();
    watch.fake.settled().await;
    watch.fake.forget();

    let long_ago = Utc::now() - TimeDelta::days(300);
    let deliveries = registration(&watch).deliveries(hook.id(), long_ago).await.unwrap();
    let told: Vec<_> = deliveries.iter().map(|one| (one.state.clone(), one.event.clone().unwrap())).collect();
    let kinds: Vec<_> = told.iter().map(|(_, event)| event.kind.clone()).collect();
    assert_eq!(kinds, [EventType::VersionState, EventType::VersionState, EventType::Ping]);
    assert!(told.iter().all(|(state, _)| *state == DeliveryState::Failed));
    assert!(told[1].1.payload.contains("REJECTED") && told[0].1.payload.contains("WAITING_FOR_REVIEW"));
    assert!(deliveries[0].error.is_some() && deliveries[0].http_status.is_none());

    let asked = watch.fake.requests();
    let names: Vec<_> = asked[0].query.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["include", "filter[createdDateGreaterThanOrEqualTo]", "limit"]);
    assert_eq!(asked.len(), 1);

    registration(&watch).redeliver(&deliveries[1].id).await.unwrap();
    watch.fake.settled().await;
    assert!(hook.deliveries().last().unwrap().redelivery);
}

#[tokio::test]
async fn a_long_log_comes_in_pages() {
    let watch = watch().await;
    let app = watch.app();
    let hook = app.webhook("http://127.0.0.1:9/", "secret");
    hook.every(Some(Mishap::Lost));
    let version = app.version("1.0");
    for _ in 0..125 {
        version.state("IN_REVIEW").state("WAITING_FOR_REVIEW");
    }
    let since = Utc::now() - TimeDelta::hours(1);
    assert_eq!(registration(&watch).deliveries(hook.id(), since).await.unwrap().len(), 250);
    assert_eq!(watch.fake.count(Endpoint::Deliveries), 2);
}
