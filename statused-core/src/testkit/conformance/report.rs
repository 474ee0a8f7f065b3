//! What came of the checks.

use std::fmt;

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The promise was kept.
    Passed,
    /// The promise was broken: what was seen, and what should have been.
    Failed(String),
    /// It could not be tried here, and why.
    Skipped(String),
}

/// A bullet of a contract, and what came of its check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The bullet's id, as `store.commit.3`: it stands in the documentation of the trait's method.
    pub id: &'static str,
    /// The promise in a few words, which are the name of its test.
    pub name: &'static str,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of all checks of a contract. Its `Display` is for people: the counts, and a line for each bullet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Report {
    /// The bullets, in the order of the contract.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The promises that were kept.
    pub fn passed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.verdict == Verdict::Passed)
    }

    /// The promises that were broken.
    pub fn failed(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Failed(_)))
    }

    /// The promises that could not be tried.
    pub fn skipped(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Skipped(_)))
    }

    /// Whether no promise was broken. Look at what was [skipped](Self::skipped), too: nothing is known of that.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Ends a test whose subject breaks a promise.
    ///
    /// # Panics
    ///
    /// When something has failed, with the whole report.
    pub fn assert(&self) {
        assert!(self.holds(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed, skipped) = (self.passed().count(), self.failed().count(), self.skipped().count());
        writeln!(f, "{} promises: {passed} kept, {failed} broken, {skipped} not tried", self.findings.len())?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, why) = match &self.verdict {
            Verdict::Passed => ("ok", None),
            Verdict::Failed(why) => ("BROKEN", Some(why)),
            Verdict::Skipped(why) => ("skipped", Some(why)),
        };
        write!(f, "{mark:>8}  {:<20} {}", self.id, self.words())?;
        let lines = why.iter().flat_map(|why| why.lines());
        lines.into_iter().try_for_each(|line| write!(f, "\n{:10}{line}", ""))
    }
}

impl Finding {
    /// The name as words, without the method and the number that the id says already.
    fn words(&self) -> String {
        let number = self.id.rsplit('.').next().unwrap_or_default();
        let words = self.name.split_once(&format!("_{number}_")).map_or(self.name, |(_, words)| words);
        words.replace('_', " ")
    }
}
