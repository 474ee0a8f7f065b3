//! Reads letters about apps.

use chrono::{DateTime, Utc};
use statused_core::model::{Letter, LetterKind};

use super::pattern::{Found, only_package};
use super::rules::{Rules, Status, Tells};
use super::tidy::{after, line, lines, shown};
use super::{About, Meaning, Unreadable, deadline, find};

/// Stands above the status in every language that was seen.
const HEADING: &str = "Publishing Status";
const LONGEST_NAME: usize = 100;

/// A letter, as it is compared.
pub(super) struct Reading<'a> {
    pub(super) id: &'a str,
    pub(super) at: DateTime<Utc>,
    /// Whether its sender writes policy letters, and nothing of strangers.
    pub(super) trusted: bool,
    subject: String,
    lines: Vec<String>,
    /// The lines in one, as sentences go on.
    flow: String,
    rules: &'a [Rules],
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        id: &'a str,
        at: DateTime<Utc>,
        trusted: bool,
        subject: &str,
        text: &str,
        rules: &'a [Rules],
    ) -> Self {
        let lines = lines(text);
        let flow = lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        Self { id, at, trusted, subject: line(subject), lines, flow, rules }
    }

    pub(super) fn meaning(&self) -> Meaning {
        let subject = self.policy_subject();
        if self.trusted || subject.is_some() {
            let app = subject.and_then(app_of);
            match self.status() {
                Some(Ok((rules, status))) => {
                    let found = Found { app: app.map(str::to_owned), package: None };
                    return Meaning::About(self.about(status.says, status.verified, found, Some(rules)));
                }
                // Whatever it says: something has happened to an app that it names for certain.
                Some(Err(Unknown)) => return self.hint(app),
                None if subject.is_some() => return self.hint(app),
                None => {}
            }
        }
        for (rules, rule) in self.rules.iter().flat_map(|rules| rules.letters.iter().map(move |rule| (rules, rule))) {
            let found = match &rule.tells {
                Tells::Subject(pattern) => pattern.begins(&self.subject),
                Tells::Sentence(pattern) if self.trusted => pattern.find(&self.flow, None),
                Tells::Sentence(_) => None,
            };
            if let Some(found) = found {
                return Meaning::About(self.about(rule.says, rule.verified, found, Some(rules)));
            }
        }
        if self.trusted { Meaning::Unreadable(Unreadable::UnknownLetter) } else { Meaning::NotAboutStatus }
    }

    /// What follows the beginning of a policy letter's subject.
    fn policy_subject(&self) -> Option<&str> {
        self.rules.iter().flat_map(|rules| &rules.subjects).find_map(|subject| after(&self.subject, subject))
    }

    /// The status: the line under the heading; without a heading, the only line that is one.
    fn status(&self) -> Option<Result<(&Rules, &Status), Unknown>> {
        let statuses = || self.rules.iter().flat_map(|rules| rules.statuses.iter().map(move |status| (rules, status)));
        let known = |at: usize| {
            let line = self.lines[at].trim_end_matches('.');
            // HTML puts label and value into two blocks at times.
            let next = self.lines[at + 1..].iter().find(|next| !next.is_empty());
            let both = next.filter(|_| line.ends_with(':')).map(|next| format!("{line} {next}"));
            statuses().find(|(_, status)| same(&status.line, both.as_deref().unwrap_or(line)))
        };
        let says_something = |line: &String| line.chars().any(char::is_alphanumeric);
        if let Some(heading) = self.lines.iter().position(|line| same(line.trim_end_matches(':'), HEADING)) {
            let under = (heading + 1..self.lines.len()).find(|at| says_something(&self.lines[*at]));
            return Some(under.and_then(known).ok_or(Unknown));
        }
        let mut found = (0..self.lines.len()).filter_map(known);
        let first = found.next()?;
        Some(if found.all(|(_, other)| other.says == first.1.says) { Ok(first) } else { Err(Unknown) })
    }

    fn hint(&self, app: Option<&str>) -> Meaning {
        let found = Found { app: app.map(str::to_owned), package: None };
        let about = self.about(LetterKind::Hint, false, found, None);
        if about.package.is_some() { Meaning::About(about) } else { Meaning::Unreadable(Unreadable::UnknownStatus) }
    }

    fn about(&self, kind: LetterKind, verified: bool, found: Found, by: Option<&Rules>) -> About {
        let app = found.app.as_deref();
        let named = self.rules.iter().flat_map(|rules| &rules.app).find_map(|pattern| pattern.find(&self.flow, app));
        let named = named.unwrap_or_default();
        let package = found.package.clone().or(named.package).or_else(|| only_package(&self.flow));
        let name = found.app.or(named.app).and_then(|name| shown(&name, LONGEST_NAME));
        let mut letter =
            Letter::new(self.id, kind, self.at).with_version_codes(find::version_codes(&self.flow, self.rules));
        letter.reason = find::reason(&self.lines, self.rules);
        letter.language = find::language(&self.flow).or_else(|| by.map(|rules| rules.language.clone()));
        if kind == LetterKind::Warning {
            let contexts = self.rules.iter().flat_map(|rules| rules.deadline.iter().cloned()).collect::<Vec<_>>();
            letter.deadline = deadline::deadline(&self.flow, &contexts).map(str::to_owned);
        }
        About { package, app_name: name, letter, verified }
    }
}

/// There is a status, but no rule knows it.
struct Unknown;

/// Whatever the case and the spaces: a colon of East Asian width has none after it.
fn same(one: &str, other: &str) -> bool {
    let bare = |text: &str| text.to_lowercase().replace(' ', "");
    bare(one) == bare(other)
}

/// ` (Sample App)`: all between the first and the last parenthesis.
fn app_of(rest: &str) -> Option<&str> {
    let rest = rest.trim().strip_prefix('(')?.strip_suffix(')')?.trim();
    (!rest.is_empty()).then_some(rest)
}
