//! App Store Connect: a release's whole life, and a world with all of it at once.

use std::sync::Arc;
use std::time::Duration;

use statused::apple::AppStoreConnect;
use statused::apple::testkit::{FakeApp, FakeAppStoreConnect};
use statused::{MemoryStore, Monitor};

use super::{RELEASES, ROLLOUTS, count, listed, round};
use crate::table::{Measured, Row, Table};

pub(super) const POLL_EVERY: Duration = Duration::from_secs(30);
/// What Apple grants a key in an hour, as its answers say.
pub(super) const AN_HOUR: u32 = 3_600;
/// What one list shows, and one filter takes.
const PAGE: usize = 200;
/// What a poller asks each app for that knows no lists over all apps: its versions, their phased release, its builds,
/// its review submissions.
const KINDS: usize = 4;

const POLLS_AN_HOUR: f64 = 120.0;
/// Polls in which a phase is met, and polls that are counted then.
const SETTLING: usize = 2;
const COUNTED: usize = 3;

/// A phase of a release: its name, what of an app is in it, and how an app comes to it.
struct Phase {
    name: &'static str,
    one_in: usize,
    /// Requests beside the lists that it is allowed: review submissions, and one for each rollout.
    reviews: usize,
    is_rollout: bool,
    begin: fn(&FakeApp),
}

/// In the order in which a release goes through them.
const PHASES: [Phase; 7] = [
    phase("processing", |app| drop(app.build("1.1", "2").processing("PROCESSING"))),
    review("waiting", |app| {
        app.build("1.1", "2").processing("VALID");
        app.version("1.1").state("WAITING_FOR_REVIEW").submission("WAITING_FOR_REVIEW");
    }),
    review("in review", |app| drop(app.version("1.1").state("IN_REVIEW").submission("IN_REVIEW"))),
    phase("pending release", |app| {
        app.version("1.1").state("PENDING_DEVELOPER_RELEASE").submission("COMPLETE");
    }),
    rollout("rollout", |app| {
        app.version("1.0").state("REPLACED_WITH_NEW_VERSION");
        app.version("1.1").state("READY_FOR_SALE").phased("ACTIVE", Some(2));
    }),
    rollout("paused", |app| drop(app.version("1.1").phased("PAUSED", Some(3)))),
    rollout("with everybody", |app| drop(app.version("1.1").phased("COMPLETE", Some(7)))),
];

const fn phase(name: &'static str, begin: fn(&FakeApp)) -> Phase {
    Phase { name, one_in: RELEASES, reviews: 0, is_rollout: false, begin }
}

const fn review(name: &'static str, begin: fn(&FakeApp)) -> Phase {
    Phase { reviews: 1, ..phase(name, begin) }
}

const fn rollout(name: &'static str, begin: fn(&FakeApp)) -> Phase {
    Phase { one_in: ROLLOUTS, is_rollout: true, ..phase(name, begin) }
}

pub(super) async fn measure(table: &mut Table, apps: usize) -> Measured {
    by_phase(table, apps).await?;
    mixed(table, apps).await
}

/// An account whose apps are all live.
pub(super) fn live(fake: &FakeAppStoreConnect, apps: usize) -> Vec<FakeApp> {
    let app = |number: usize| {
        let app = fake.app(&(1_000_000 + number).to_string(), &format!("App {number}"), &format!("com.acme.{number}"));
        app.build("1.0", "1").processing("VALID");
        app.version("1.0").state("READY_FOR_SALE");
        app
    };
    (0..apps).map(app).collect()
}

pub(super) fn source(fake: &FakeAppStoreConnect) -> Result<AppStoreConnect, statused::apple::ConfigError> {
    AppStoreConnect::builder(fake.credentials()).base_url(fake.base_url()).poll_every(POLL_EVERY).build()
}

/// A fake and who watches it.
struct Watched {
    fake: FakeAppStoreConnect,
    monitor: Monitor,
}

impl Watched {
    fn new(fake: FakeAppStoreConnect) -> Result<Self, Box<dyn std::error::Error>> {
        let source = Arc::new(source(&fake)?);
        let monitor = Monitor::builder(Arc::new(MemoryStore::new())).source("apple", source).build()?;
        Ok(Self { fake, monitor })
    }

    /// Requests of so many polls.
    async fn requests(&self, polls: usize) -> usize {
        self.fake.forget();
        for _ in 0..polls {
            self.monitor.tick().await;
        }
        self.fake.requests().len()
    }

    /// Requests of each poll, once what is new is known.
    async fn each(&self) -> f64 {
        self.requests(SETTLING).await;
        self.requests(COUNTED).await as f64 / COUNTED as f64
    }
}

async fn by_phase(table: &mut Table, apps: usize) -> Measured {
    let fake = FakeAppStoreConnect::start().await?;
    let all = live(&fake, apps);
    let watched = Watched::new(fake)?;
    let start = watched.requests(1).await as f64;
    let quiet = watched.each().await;
    let lists = 2 * apps.div_ceil(PAGE);
    let mut costs = vec![("start", start), ("all live", quiet)];
    let (mut met, mut busiest) = (quiet <= lists as f64, quiet);
    for Phase { name, one_in, reviews, is_rollout, begin } in PHASES {
        let under_way: Vec<&FakeApp> = all.iter().step_by(one_in).collect();
        under_way.iter().for_each(|app| begin(app));
        let each = watched.each().await;
        let rollouts = if is_rollout { under_way.len() } else { 0 };
        met &= each <= (lists + reviews + rollouts) as f64;
        busiest = busiest.max(each);
        costs.push((name, each));
    }
    let naive = (apps * KINDS) as f64;
    let a_day = |each: f64| each * POLLS_AN_HOUR * 24.0;
    let row = Row::new(
        format!("App Store Connect, {}, requests a poll by phase", count(apps, "app")),
        format!("{}; {:.0} to {:.0} a day at 30 s", listed(&costs), a_day(quiet), a_day(busiest)),
    );
    table.add(
        row.beside(format!("{naive:.0} a poll, {:.0} a day if each app and kind is asked for", a_day(naive)))
            .ratio(busiest / naive)
            .budget(format!("{lists} + P, one more under review"), met),
    );
    Ok(())
}

/// Most apps are live, one of ten is in review, one of fifty in a rollout.
async fn mixed(table: &mut Table, apps: usize) -> Measured {
    let fake = FakeAppStoreConnect::start().await?;
    let mut rollouts = 0;
    let mut reviews = 0;
    for (number, app) in live(&fake, apps).iter().enumerate() {
        if number % ROLLOUTS == 0 {
            app.version("1.0").phased("ACTIVE", Some(2));
            rollouts += 1;
        } else if number % RELEASES == 1 {
            app.version("1.1").state("IN_REVIEW").submission("IN_REVIEW");
            reviews += 1;
        }
    }
    let watched = Watched::new(fake)?;
    watched.requests(1).await;
    let each = watched.each().await;
    let (hour, naive) = (each * POLLS_AN_HOUR, (apps * KINDS) as f64 * POLLS_AN_HOUR);
    let row = Row::new(
        format!("App Store Connect, {}, {reviews} in review, {rollouts} in a rollout", count(apps, "app")),
        format!("{} a poll, {hour:.0} an hour, {:.0} a day at 30 s", round(each), hour * 24.0),
    );
    let row = row
        .beside(format!("{AN_HOUR} an hour allowed; {naive:.0} if each app and kind is asked for"))
        .ratio(hour / f64::from(AN_HOUR));
    // Where more are watched the budget is what the next rows are about.
    table.add(if apps <= PAGE {
        let budget = 2 + rollouts + reviews.min(1);
        row.budget(format!("{budget} a poll"), each <= budget as f64)
    } else {
        row
    });
    Ok(())
}
