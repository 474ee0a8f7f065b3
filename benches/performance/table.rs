//! What was measured.

use std::fmt;
use std::process::ExitCode;

pub(crate) type Measured = Result<(), Box<dyn std::error::Error>>;

/// One part of the whole, by its name.
pub(crate) type Part = (&'static str, fn(&mut Table) -> Measured);

/// The figures, in the order in which they were taken.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    figure: String,
    limit: String,
    budget: String,
    met: Option<bool>,
}

impl Table {
    /// Measures the parts that the command line asks for, and prints what came of it.
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a command")]
    pub(crate) fn of(parts: &[Part]) -> ExitCode {
        // Cargo itself adds `--bench`.
        let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
        let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
        let mut table = Self::default();
        for (name, measure) in parts.iter().filter(|(name, _)| is_wanted(name)) {
            eprintln!("{name} …");
            if let Err(error) = measure(&mut table) {
                eprintln!("{name} could not be measured: {error}");
                return ExitCode::FAILURE;
            }
        }
        println!("{table}");
        if table.is_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// A figure without a budget.
    pub(crate) fn note(&mut self, what: impl Into<String>, figure: impl Into<String>, limit: impl Into<String>) {
        self.push(what, figure, limit, String::new(), None);
    }

    /// A figure and whether it keeps to its budget.
    pub(crate) fn judge(
        &mut self,
        what: impl Into<String>,
        figure: impl Into<String>,
        limit: impl Into<String>,
        budget: impl Into<String>,
        met: bool,
    ) {
        self.push(what, figure, limit, budget.into(), Some(met));
    }

    #[expect(clippy::print_stderr, reason = "progress, beside the table on standard output")]
    fn push(
        &mut self,
        what: impl Into<String>,
        figure: impl Into<String>,
        limit: impl Into<String>,
        budget: String,
        met: Option<bool>,
    ) {
        let row = Row { what: what.into(), figure: figure.into(), limit: limit.into(), budget, met };
        eprintln!("  {}: {}{}", row.what, row.figure, if row.met == Some(false) { " (budget missed)" } else { "" });
        self.rows.push(row);
    }

    /// Whether no budget was missed.
    fn is_met(&self) -> bool {
        self.rows.iter().all(|row| row.met != Some(false))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | figure | beside it | budget | met |\n| --- | --- | --- | --- | --- |")?;
        for Row { what, figure, limit, budget, met } in &self.rows {
            let met = met.map_or("", |met| if met { "yes" } else { "**no**" });
            writeln!(f, "| {what} | {figure} | {limit} | {budget} | {met} |")?;
        }
        Ok(())
    }
}
