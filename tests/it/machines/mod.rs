//! Three `monitor` processes on one PostgreSQL, under faults: killed, paused, and cut off from the database.
//!
//! Each of two hundred apps goes on as soon as its last change has been told, so every change has to be told, in order,
//! whoever fails. An event may come again if its first try was on its way when its machine failed, and not otherwise.

mod database;
mod fleet;
#[path = "../../../statused-stores/tests/postgres/proxy.rs"]
#[expect(dead_code, reason = "what the store's own tests cut is not cut here")]
mod proxy;
#[path = "../../../statused-stores/tests/postgres/server.rs"]
mod server;
mod truth;

use std::io::Write as _;
use std::time::Duration;

use tokio::sync::Mutex;

use fleet::{CONCURRENCY, Fleet, MACHINES};

/// Three fleets at once would be slow, and use up the server's connections.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Longer than a turn to poll lasts without its holder, and than a claim.
const LONG: Duration = Duration::from_secs(12);

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
        fleet.kill(kill % MACHINES);
    }
    let (changes, most) = (fleet.truth.changes(), fleet.truth.most);
    let repeats = fleet.settle().await;
    say(&format!("{KILLS} kills: {changes} changes, {repeats} repeats, one event {most} times at most"));
    assert!(repeats <= KILLS * CONCURRENCY, "{repeats} repeats: one can be on its way in each lane at each kill");
    assert!(most <= 1 + KILLS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_paused_and_wakes_when_its_work_is_anothers() {
    let _alone = ALONE.lock().await;
    let Some(mut fleet) = Fleet::start().await else { return };
    for number in 0..MACHINES {
        fleet.live(Duration::from_secs(1), 50).await;
        fleet.machines[number].signal("STOP");
        fleet.live(LONG, 50).await;
        fleet.machines[number].signal("CONT");
    }
    fleet.live(Duration::from_secs(1), 50).await;
    let (changes, most) = (fleet.truth.changes(), fleet.truth.most);
    let repeats = fleet.settle().await;
    say(&format!("{MACHINES} pauses: {changes} changes, {repeats} repeats, one event {most} times at most"));
    assert!(repeats <= MACHINES * CONCURRENCY, "{repeats} repeats");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_cut_off_from_the_database_for_a_while() {
    let _alone = ALONE.lock().await;
    let Some(mut fleet) = Fleet::start().await else { return };
    for number in 0..MACHINES {
        fleet.live(Duration::from_secs(1), 50).await;
        fleet.ways[number].stop().await;
        fleet.live(LONG, 50).await;
        fleet.ways[number].start().await;
    }
    fleet.live(Duration::from_secs(1), 50).await;
    let (changes, most) = (fleet.truth.changes(), fleet.truth.most);
    let repeats = fleet.settle().await;
    say(&format!("{MACHINES} cuts: {changes} changes, {repeats} repeats, one event {most} times at most"));
    assert!(repeats <= MACHINES * CONCURRENCY, "{repeats} repeats");
}
