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

/// A figure, what it stands beside, and whether it keeps to its budget.
#[derive(Debug, Default)]
pub(crate) struct Row {
    what: String,
    figure: String,
    limit: String,
    ratio: Option<f64>,
    budget: String,
    met: Option<bool>,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into(), ..Self::default() }
    }

    /// What the figure is to be seen beside.
    pub(crate) fn beside(mut self, limit: impl Into<String>) -> Self {
        self.limit = limit.into();
        self
    }

    /// How much the figure is of what stands beside it.
    pub(crate) fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    pub(crate) fn budget(mut self, budget: impl Into<String>, met: bool) -> Self {
        (self.budget, self.met) = (budget.into(), Some(met));
        self
    }
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

    #[expect(clippy::print_stderr, reason = "progress, beside the table on standard output")]
    pub(crate) fn add(&mut self, row: Row) {
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
        writeln!(f, "| what | figure | beside it | ratio | budget | met |\n| --- | --- | --- | --- | --- | --- |")?;
        for Row { what, figure, limit, ratio, budget, met } in &self.rows {
            let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
            let met = met.map_or("", |met| if met { "yes" } else { "**no**" });
            writeln!(f, "| {what} | {figure} | {limit} | {ratio} | {budget} | {met} |")?;
        }
        Ok(())
    }
}
