//! What watching costs at the stores.

use std::sync::Arc;
use std::time::Duration;

use statused::apple::AppStoreConnect;
use statused::apple::testkit::{Endpoint, FakeAppStoreConnect};
use statused::google::testkit::{Endpoint as GoogleEndpoint, FakeGooglePlay};
use statused::{MemoryStore, Monitor};

use crate::table::{Measured, Table};

/// What Apple grants a key in an hour, as its answers say.
const APPLE_AN_HOUR: f64 = 3_600.0;
/// What Google grants a project in a minute.
const GOOGLE_A_MINUTE: f64 = 3_000.0;

pub(crate) async fn measure(table: &mut Table) -> Measured {
    for apps in [1, 20, 200, 1_000] {
        apple(table, apps).await?;
    }
    for apps in [1, 20, 200] {
        google(table, apps).await?;
    }
    Ok(())
}

/// All phases: most apps are live, one of ten is in review, one of fifty in a phased release.
async fn apple(table: &mut Table, apps: usize) -> Measured {
    let fake = FakeAppStoreConnect::start().await?;
    let mut rollouts = 0;
    for number in 0..apps {
        let id = (1_000_000 + number).to_string();
        let app = fake.app(&id, &format!("App {number}"), &format!("com.acme.app{number}"));
        app.build("1.0", "1").processing("VALID");
        let live = app.version("1.0").state("READY_FOR_SALE");
        if number % 50 == 0 {
            live.phased("ACTIVE", Some(2));
            rollouts += 1;
        } else if number % 10 == 1 {
            app.version("1.1").state("IN_REVIEW");
        }
    }
    let source = AppStoreConnect::builder(fake.credentials())
        .base_url(fake.base_url())
        .poll_every(Duration::from_secs(30))
        .build()?;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new())).source("apple", Arc::new(source)).build()?;
    for _ in 0..3 {
        monitor.tick().await;
    }
    let before = fake.requests().len();
    let polls = 4;
    for _ in 0..polls {
        monitor.tick().await;
    }
    let each = (fake.requests().len() - before) as f64 / f64::from(polls);
    let reviews = fake.count(Endpoint::Reviews) > 0;
    let (hour, naive) = (each * 120.0, (apps * 4) as f64);
    let what = format!("App Store Connect, {apps} apps, {rollouts} rollouts");
    let figure = format!("{each:.2} a poll, {hour:.0} an hour, {:.0} a day at 30 s", hour * 24.0);
    let limit = format!(
        "{naive:.0} a poll if each app, kind and version is asked for: {:.1} times; {APPLE_AN_HOUR:.0} an hour allowed",
        naive / each
    );
    if apps <= 200 {
        let budget = 2 + rollouts + usize::from(reviews);
        table.judge(what, figure, limit, format!("{budget} a poll"), each <= budget as f64);
    } else {
        table.note(what, figure, limit);
    }
    Ok(())
}

/// All phases: most releases are live, one of ten is in review, one of fifty in a rollout.
async fn google(table: &mut Table, apps: usize) -> Measured {
    let fake = FakeGooglePlay::start().await?;
    for number in 0..apps {
        let track = fake.app(&format!("com.acme.app{number}"), &format!("App {number}")).track("production");
        track.release("1.0", [1]).publish();
        match number {
            n if n % 50 == 0 => drop(track.release("1.1", [2]).rollout(0.1)),
            n if n % 10 == 1 => drop(track.release("1.1", [2]).in_review()),
            _ => {}
        }
    }
    let source = fake.source().poll_every(Duration::from_secs(60)).build()?;
    let monitor = Monitor::builder(Arc::new(MemoryStore::new())).source("google", Arc::new(source)).build()?;
    for _ in 0..3 {
        monitor.tick().await;
    }
    fake.forget();
    let polls = 4;
    for _ in 0..polls {
        monitor.tick().await;
    }
    let (all, lifecycle) = (fake.requests().len(), fake.count(GoogleEndpoint::Lifecycle));
    let each = (all - lifecycle) as f64 / f64::from(polls);
    table.judge(
        format!("Google Play, {apps} apps"),
        format!("{each:.2} a poll beside the lifecycle, {:.0} a day at 60 s", each * 1440.0),
        format!("{:.1} % of the {GOOGLE_A_MINUTE:.0} a minute that Google allows", each / GOOGLE_A_MINUTE * 100.0),
        "3 an app and poll",
        each <= 3.0 * apps as f64 + 1.0,
    );
    Ok(())
}
