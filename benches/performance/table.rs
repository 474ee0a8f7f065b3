//! What was measured.

use std::fmt;

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
    pub(crate) fn is_met(&self) -> bool {
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
