//! Plants each bug of a table into a copy of the workspace, and sees that the simulator finds it, or else a test does.
//!
//! ```sh
//! cargo run -p statused-core --features testkit --example plant
//! cargo run -p statused-core --features testkit --example plant -- "steps back are told at once"
//! ```
//!
//! The copy lies in the temporary folder of the system and is kept, so that a second run builds less. Before anything is
//! planted nothing may be found. Exit code 1: a bug has survived; 2: it could not be tried.

mod table;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use table::{Bug, CORE};

/// As many worlds are tried before the tests are asked.
const SEEDS: &str = "0..400";
/// Seconds that building or testing may take, and how `timeout` of the coreutils says that it was longer.
const LIMIT: &str = "300";
/// The same for a crate that has not been built yet.
const FIRST_LIMIT: &str = "3000";
const OUT_OF_TIME: i32 = 124;

/// Who has found a bug.
enum Found {
    /// A world.
    Seed(String),
    /// A world breaks it off.
    Panic,
    /// A test waits for ever for what does not come.
    Standstill,
    /// A scenario, with or without a crash.
    Scenario,
    Test(String),
    Nobody,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(f, "seed {seed}"),
            Self::Panic => f.write_str("a world that panics"),
            Self::Standstill => f.write_str("a test that never ends"),
            Self::Scenario => f.write_str("a scenario"),
            Self::Test(name) => write!(f, "test `{name}`"),
            Self::Nobody => f.write_str("SURVIVED"),
        }
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]
fn main() -> ExitCode {
    let wanted: Vec<_> = std::env::args().skip(1).collect();
    let copy = match Copy::new() {
        Ok(copy) => copy,
        Err(error) => {
            eprintln!("cannot copy the crate: {error}");
            return ExitCode::from(2);
        }
    };
    let bugs: Vec<_> =
        table::all().filter(|bug| wanted.is_empty() || wanted.iter().any(|name| name == bug.name)).collect();
    let crates: BTreeSet<_> = bugs.iter().map(|bug| bug.krate).collect();
    for krate in crates {
        match copy.look_for_it(krate, FIRST_LIMIT) {
            Ok(Found::Nobody) => {}
            Ok(found) => {
                eprintln!("{krate} is not well before anything is planted: {found}");
                return ExitCode::from(2);
            }
            Err(error) => {
                eprintln!("{krate}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    println!("| planted bug | where it comes from | found by |\n| --- | --- | --- |");
    let mut survived = 0;
    for bug in bugs {
        match copy.plant(bug) {
            Ok(found) => {
                println!("| {} | {} | {found} |", bug.name, bug.origin);
                survived += u32::from(matches!(found, Found::Nobody));
            }
            Err(error) => {
                eprintln!("{}: {error}", bug.name);
                return ExitCode::from(2);
            }
        }
    }
    println!("\n{survived} survived");
    ExitCode::from(u8::from(survived > 0))
}

/// A copy of the workspace.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn new() -> io::Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = here.parent().ok_or_else(|| io::Error::other("the crate lies in no workspace"))?;
        let root = std::env::temp_dir().join("statused-plant");
        copy_folder(workspace, &root)?;
        Ok(Self { root })
    }

    fn plant(&self, bug: &Bug) -> io::Result<Found> {
        let path = self.root.join(bug.krate).join(bug.file);
        let text = std::fs::read_to_string(&path)?;
        if text.matches(bug.right).count() != 1 {
            return Err(io::Error::other(format!("{} does not have the place once", bug.file)));
        }
        std::fs::write(&path, text.replace(bug.right, bug.wrong))?;
        let found = self.look_for_it(bug.krate, LIMIT);
        std::fs::write(&path, text)?;
        found
    }

    fn look_for_it(&self, krate: &str, limit: &str) -> io::Result<Found> {
        if krate != CORE {
            return self.test(krate, limit, &["--all-features", "--tests"], &[]);
        }
        let simulator = ["build", "-p", CORE, "--features", "testkit", "--example", "simulate"];
        let built = self.cargo(limit, &simulator)?;
        if !built.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&built.stderr).into_owned()));
        }
        let worlds = self.simulate(&["--seeds", SEEDS])?;
        if !worlds.status.success() {
            let story = String::from_utf8_lossy(&worlds.stdout).into_owned();
            let seed = story.rsplit_once("--seed ").map(|(_, seed)| seed.trim().to_owned());
            return Ok(seed.map_or(Found::Panic, Found::Seed));
        }
        let peaceful = ["a release's life", "an agreement comes and goes", "clocks are set"];
        for name in peaceful {
            if !self.simulate(&["--scenario", name])?.status.success() {
                return Ok(Found::Scenario);
            }
        }
        // The worlds have been lived through, and that the place has changed is no finding.
        let skipped = ["--skip", "simulation", "--skip", "planted"];
        self.test(CORE, limit, &["--features", "testkit", "--lib", "--test", "it"], &skipped)
    }

    fn test(&self, krate: &str, limit: &str, which: &[&str], words: &[&str]) -> io::Result<Found> {
        let tests = ["test", "-p", krate, "--no-fail-fast"];
        let tested = self.cargo(limit, &[&tests[..], which, &["--"], words].concat())?;
        if tested.status.code() == Some(OUT_OF_TIME) {
            return Ok(Found::Standstill);
        }
        let said = String::from_utf8_lossy(&tested.stdout).into_owned();
        let failed = said.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
        match failed {
            Some(name) => Ok(Found::Test(name.to_owned())),
            None if tested.status.success() => Ok(Found::Nobody),
            None => Err(io::Error::other(String::from_utf8_lossy(&tested.stderr).into_owned())),
        }
    }

    fn simulate(&self, words: &[&str]) -> io::Result<Output> {
        Command::new(self.root.join("target/debug/examples/simulate")).args(words).output()
    }

    fn cargo(&self, limit: &str, words: &[&str]) -> io::Result<Output> {
        let target = self.root.join("target");
        // It ends what cargo has started as well.
        let mut limited = Command::new("timeout");
        limited
            .arg(limit)
            .arg(env!("CARGO"))
            .args(words)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", target)
            .output()
    }
}

/// Copies what is there, but for what is built and what git keeps, and takes away what is there no more.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(to)? {
        let entry = entry?;
        let is_gone = !from.join(entry.file_name()).exists() && entry.file_name() != "target";
        if is_gone && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else if is_gone {
            std::fs::remove_file(entry.path())?;
        }
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if [".git", "target"].iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
