//! Three `monitor` processes on one PostgreSQL, under faults: killed, paused, and cut off from the database.
//!
//! Each of two hundred apps goes on as soon as its last change has been told, so every change has to be told, in order,
//! whoever fails. An event may come again if its try was on its way when its machine failed, and not otherwise.

mod database;
mod fleet;
#[path = "../../../statused-stores/tests/postgres/proxy.rs"]
#[expect(dead_code, reason = "what the store's own tests cut is not cut here")]
mod proxy;
#[path = "../../../statused-stores/tests/postgres/server.rs"]
#[expect(dead_code, reason = "other ways to the server are tried by the store's own tests")]
mod server;
mod truth;

use std::io::Write as _;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use fleet::{Fault, Fleet, IN_FLIGHT, MACHINES};

/// Three fleets at once would be slow, and use up the server's connections.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How long a turn to poll lasts without its holder: ten seconds after its next poll, every 200 ms, was due.
const LEASE: Duration = Duration::from_millis(10_200);
/// The others ask for it as often as they would poll. What is beyond that is the machine that the tests run on.
const MARGIN: Duration = Duration::from_millis(200 + 5000);

fn say(line: &str) {
    writeln!(std::io::stderr().lock(), "{line}").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_killed_every_few_seconds() {
    const KILLS: usize = 8;
    let _alone = ALONE.lock().await;
    let Some(mut fleet) = Fleet::start().await else { return };
    for kill in 0..KILLS {
        fleet.live(Duration::from_secs(2), 50).await;
        // By turns the one that polls and delivers, and one that would take its place.
        let number = (fleet.poller(None).await + kill % 2) % MACHINES;
        fleet.kill(number);
        fleet.start_again(number);
    }
    let (changes, most) = (fleet.truth.changes(), fleet.truth.most());
    let repeats = fleet.settle().await;
    say(&format!("{KILLS} kills: {changes} changes, {repeats} repeats, one event {most} times at most"));
    assert!(repeats <= KILLS * IN_FLIGHT, "{repeats} repeats: more than can be on their way at each kill");
}

/// Nobody starts them again, until one is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_dead_is_replaced_within_the_lease_time() {
    let _alone = ALONE.lock().await;
    let Some(mut fleet) = Fleet::start().await else { return };
    for death in 1..MACHINES {
        fleet.live(Duration::from_secs(1), 50).await;
        let dead = fleet.poller(None).await;
        let died = Instant::now();
        fleet.kill(dead);
        fleet.poller(Some(dead)).await;
        let polled = died.elapsed();
        let told = fleet.truth.told();
        fleet.live_until("a change is told", |fleet| fleet.truth.told() > told).await;
        let delivered = died.elapsed();
        say(&format!("death {death}: another polls after {polled:.1?}, and has told a change after {delivered:.1?}"));
        assert!(polled > LEASE / 2, "{polled:?}: it was not the one that polled");
        assert!(delivered < LEASE + MARGIN, "{delivered:?}");
    }
    let changes = fleet.truth.changes();
    let repeats = fleet.settle().await;
    say(&format!("{} deaths: {changes} changes, {repeats} repeats", MACHINES - 1));
}

/// Again and again the one that polls, in the middle of its deliveries. Each time another has to take its turn, and its
/// claims have to lapse, before it may go on.
async fn one_is_struck(fault: Fault, rounds: usize) {
    let _alone = ALONE.lock().await;
    let Some(mut fleet) = Fleet::start().await else { return };
    let mut lapsed = 0;
    for _ in 0..rounds {
        fleet.live(Duration::from_secs(1), 50).await;
        let (struck, claims) = fleet.strike(fault).await;
        let heard = fleet.log(struck).len();
        fleet.poller(Some(struck)).await;
        fleet.taken_over(&claims).await;
        lapsed += claims.len();
        fleet.live(Duration::from_secs(1), 50).await;
        if fault == Fault::Silence {
            // Nobody has told it: it is its own patience that has ended.
            fleet
                .live_until("the silence is noticed", |fleet| {
                    fleet.log(struck).get(heard..).is_some_and(|log| log.contains("does not answer in time"))
                })
                .await;
        }
        fleet.end(fault, struck);
    }
    fleet.live(Duration::from_secs(1), 50).await;
    let (changes, most) = (fleet.truth.changes(), fleet.truth.most());
    let repeats = fleet.settle().await;
    say(&format!(
        "{fault:?}, {rounds} times: {changes} changes, {lapsed} claims lapsed, {repeats} repeats, one event {most} \
         times at most"
    ));
    assert!(repeats <= rounds * IN_FLIGHT, "{repeats} repeats: more than can be on their way each time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_paused_and_wakes_when_its_work_is_anothers() {
    one_is_struck(Fault::Pause, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_cut_off_from_the_database_for_a_while() {
    one_is_struck(Fault::Cut, 3).await;
}

/// Nothing is refused and nothing is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hears_nothing_from_the_database_for_a_while() {
    one_is_struck(Fault::Silence, 2).await;
}
