//! Plants each bug of a table into a copy of the crate, and sees that the simulator finds it, or else a test does.
//!
//! ```sh
//! cargo run -p statused-core --features testkit --example plant
//! cargo run -p statused-core --features testkit --example plant -- "steps back are told at once"
//! ```
//!
//! The copy lies in the temporary folder of the system and is kept, so that a second run builds less. Exit code 1: a bug
//! has survived.

mod table;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use table::{ALL, Bug};

/// As many worlds are tried before the tests are asked.
const SEEDS: &str = "0..400";
/// Seconds that building or testing may take, and how `timeout` of the coreutils says that it was longer.
const LIMIT: &str = "300";
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
    println!("| planted bug | where it comes from | found by |\n| --- | --- | --- |");
    let mut survived = 0;
    for bug in ALL.iter().filter(|bug| wanted.is_empty() || wanted.iter().any(|name| name == bug.name)) {
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

/// A workspace of this crate alone.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn new() -> io::Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = std::env::temp_dir().join("statused-plant");
        let copied = root.join("statused-core");
        if copied.exists() {
            std::fs::remove_dir_all(&copied)?;
        }
        copy_folder(here, &copied)?;
        let workspace = here.parent().ok_or_else(|| io::Error::other("the crate lies in no workspace"))?;
        std::fs::copy(workspace.join("Cargo.lock"), root.join("Cargo.lock"))?;
        std::fs::write(root.join("Cargo.toml"), manifest(&std::fs::read_to_string(workspace.join("Cargo.toml"))?))?;
        Ok(Self { root })
    }

    fn plant(&self, bug: &Bug) -> io::Result<Found> {
        let path = self.root.join("statused-core/src").join(bug.file);
        let text = std::fs::read_to_string(&path)?;
        if text.matches(bug.right).count() != 1 {
            return Err(io::Error::other(format!("{} does not have the place once", bug.file)));
        }
        std::fs::write(&path, text.replace(bug.right, bug.wrong))?;
        let found = self.look_for_it();
        std::fs::write(&path, text)?;
        found
    }

    fn look_for_it(&self) -> io::Result<Found> {
        let built = self.cargo(&["build", "--features", "testkit", "--example", "simulate"])?;
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
        let tests = ["test", "--features", "testkit", "--lib", "--test", "it", "--no-fail-fast", "--"];
        // The worlds have been lived through, and that the place has changed is no finding.
        let skipped = ["--skip", "simulation", "--skip", "planted"];
        let tested = self.cargo(&[&tests[..], &skipped].concat())?;
        if tested.status.code() == Some(OUT_OF_TIME) {
            return Ok(Found::Standstill);
        }
        let said = String::from_utf8_lossy(&tested.stdout).into_owned();
        let failed = said.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
        Ok(failed.map_or(Found::Nobody, |name| Found::Test(name.to_owned())))
    }

    fn simulate(&self, words: &[&str]) -> io::Result<Output> {
        Command::new(self.root.join("target/debug/examples/simulate")).args(words).output()
    }

    fn cargo(&self, words: &[&str]) -> io::Result<Output> {
        let target = self.root.join("target");
        // It ends what cargo has started as well.
        let mut limited = Command::new("timeout");
        limited
            .arg(LIMIT)
            .arg(env!("CARGO"))
            .args(words)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", target)
            .output()
    }
}

/// What a crate takes from its workspace.
fn manifest(workspace: &str) -> String {
    let mut text = "[workspace]\nmembers = [\"statused-core\"]\nresolver = \"3\"\n".to_owned();
    let mut wanted = false;
    for line in workspace.lines() {
        if line.starts_with('[') {
            wanted = line.starts_with("[workspace.");
        }
        if wanted {
            text.push_str(line);
            text.push('\n');
        }
    }
    // Each bug is built once and lives some hundred lives.
    text.push_str("[profile.dev]\nopt-level = 1\ndebug = false\n");
    text
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
