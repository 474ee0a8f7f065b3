//! Lives through simulated worlds and prints what they came to.
//!
//! ```sh
//! cargo run --release -p statused-core --features testkit --example simulate -- --seeds 0..10000 --threads 2
//! cargo run -p statused-core --features testkit --example simulate -- --seed 17
//! cargo run -p statused-core --features testkit --example simulate -- --scenario all
//! cargo run -p statused-core --features testkit --example simulate -- --scenario "a second process" --crash 3:before
//! ```
//!
//! Exit code 1: a promise is broken, and its story was printed; or ten thousand worlds have left out a branch of the engine, those
//! of letters aside, which are Google Play's. 2: the command line is wrong.

use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use statused_core::testkit::sim::{Moment, Report, Scenario, Simulation, Totals};

/// So many worlds take every branch.
const MANY: u64 = 10_000;

/// What is asked for.
#[derive(Default)]
struct Wanted {
    seed: Option<u64>,
    seeds: Option<Range<u64>>,
    threads: Option<usize>,
    scenario: Option<String>,
    crashes: Vec<(u64, Moment)>,
}

impl Wanted {
    fn read(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut wanted = Self::default();
        while let Some(word) = words.next() {
            let value = words.next()?;
            match word.as_str() {
                "--seed" => wanted.seed = Some(value.parse().ok()?),
                "--seeds" => {
                    let (from, to) = value.split_once("..")?;
                    wanted.seeds = Some(from.parse().ok()?..to.parse().ok()?);
                }
                "--scenario" => wanted.scenario = Some(value),
                "--crash" => wanted.crashes = value.split(',').map(crash).collect::<Option<_>>()?,
                "--threads" => wanted.threads = Some(value.parse().ok()?),
                _ => return None,
            }
        }
        Some(wanted)
    }
}

/// Reads `3:before`.
fn crash(text: &str) -> Option<(u64, Moment)> {
    let (number, moment) = text.split_once(':')?;
    Some((number.parse().ok()?, moment.parse().ok()?))
}

#[expect(clippy::disallowed_methods, reason = "a command measures how long it took")]
fn main() -> ExitCode {
    let Some(wanted) = Wanted::read(std::env::args().skip(1)) else {
        return say(Err("simulate [--seed N | --seeds A..B | --scenario NAME [--crash N:MOMENT,…]] [--threads N]"), 2);
    };
    let start = Instant::now();
    let threads = wanted.threads.or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
    let lived = match (wanted.seed, wanted.scenario) {
        (Some(seed), _) => return tell(&Simulation::new().run(seed)),
        (None, Some(name)) if name == "all" => scenarios(),
        (None, Some(name)) => match Scenario::all().iter().find(|scenario| scenario.name() == name) {
            Some(scenario) => return tell(&scenario.run(&wanted.crashes)),
            None => return say(Err(&format!("there is no scenario \"{name}\"")), 2),
        },
        (None, None) => Simulation::new().seeds(wanted.seeds.unwrap_or(0..MANY)).threads(threads).check(),
    };
    match lived {
        Ok(totals) if totals.seeds >= MANY && totals.missed_marks().iter().any(|mark| !mark.starts_with("Letter")) => {
            say(Err(&figures(&totals)), 1)
        }
        Ok(totals) => say(Ok(&format!("{}\n{:.1} s", figures(&totals), start.elapsed().as_secs_f64())), 0),
        Err(report) => tell(&report),
    }
}

/// A crash at every effect of every scenario.
fn scenarios() -> Result<Totals, Box<Report>> {
    let mut sum = Totals::default();
    for scenario in Scenario::all() {
        sum.add(&scenario.crash_everywhere()?);
    }
    Ok(sum)
}

fn tell(report: &Report) -> ExitCode {
    say(Ok(&report.to_string()), u8::from(!report.violations.is_empty()))
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]
fn say(words: Result<&str, &str>, code: u8) -> ExitCode {
    match words {
        Ok(words) => println!("{words}"),
        Err(words) => eprintln!("{words}"),
    }
    ExitCode::from(code)
}

fn figures(totals: &Totals) -> String {
    let years = |hours: u64| hours as f64 / (365.25 * 24.0);
    let (hit, marks) = totals.marks();
    format!(
        "{} worlds kept every promise\n\
         {:.0} simulated years, {:.0} of them awake\n\
         {} steps, {} faults, {} crashes, {} stand-stills, {} polls left to another machine\n\
         {} changes, {} announced, {} notifications arrived, {} of them repeats\n\
         {hit} of {marks} marks at the engine's branches hit{}",
        totals.seeds,
        years(totals.hours),
        years(totals.hours - totals.slept_hours),
        totals.steps,
        totals.faults,
        totals.crashes,
        totals.pauses,
        totals.polls_left,
        totals.changes,
        totals.announced,
        totals.received,
        totals.repeats,
        if hit < marks { format!(", missed: {:?}", totals.missed_marks()) } else { String::new() },
    )
}
