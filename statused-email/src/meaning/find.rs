//! Finds in a letter what it names.

use super::rules::Rules;
use super::tidy::{after, shown};

const LONGEST_ISSUE: usize = 200;
const MOST_ISSUES: usize = 5;
const MOST_CODES: usize = 50;
/// The highest that Google Play takes.
const HIGHEST_CODE: u64 = 2_100_000_000;
/// A line of at least so many characters may have been cut, and goes on in the next one.
const WRAPPED: usize = 60;

/// What was found to be wrong: what follows the label of each issue.
pub(super) fn reason(lines: &[String], rules: &[Rules]) -> Option<String> {
    let labels = || rules.iter().flat_map(|rules| &rules.issue);
    let mut issues: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(issue) = labels().find_map(|label| after(line, label)) else { continue };
        let goes_on = |next: &&String| {
            let codes = rules.iter().flat_map(|rules| &rules.version_code);
            !next.is_empty() && labels().chain(codes).all(|label| after(next, label).is_none())
        };
        let cut = line.chars().count() >= WRAPPED || issue.is_empty();
        let next = lines.get(at + 1).filter(|next| cut && goes_on(next)).map_or("", String::as_str);
        let Some(issue) = shown(&format!("{issue} {next}"), LONGEST_ISSUE) else { continue };
        if !issues.contains(&issue) && issues.len() < MOST_ISSUES {
            issues.push(issue);
        }
    }
    (!issues.is_empty()).then(|| issues.join("; "))
}

/// All version codes that are named, ascending.
pub(super) fn version_codes(text: &str, rules: &[Rules]) -> Vec<u64> {
    let mut codes = Vec::new();
    for label in rules.iter().flat_map(|rules| &rules.version_code) {
        for at in text.char_indices().map(|(at, _)| at) {
            let Some(rest) = after(&text[at..], label) else { continue };
            let mut rest = rest.trim_start_matches([' ', ':', '#']);
            // `7`, `7: and so on`, `7, 8 and so on`
            while let Some((code, tail)) = number(rest) {
                codes.extend(Some(code).filter(|code| (1..=HIGHEST_CODE).contains(code)));
                let Some(next) = tail.strip_prefix(',') else { break };
                rest = next.trim_start();
            }
        }
    }
    codes.sort_unstable();
    codes.dedup();
    codes.truncate(MOST_CODES);
    codes
}

fn number(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// The language of the machine-readable line at the end: `LANG=en|MODE=M|…`.
pub(super) fn language(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("LANG=")?;
    let (language, _) = rest.split_once('|')?;
    let good = (2..=12).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    good.then(|| language.to_owned())
}
