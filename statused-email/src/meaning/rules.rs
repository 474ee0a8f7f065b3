//! The rules, a file for each language.

use std::sync::LazyLock;

use serde::Deserialize;
use statused_core::model::LetterKind;

use super::deadline::Context;
use super::pattern::Pattern;
use super::tidy::line;

/// A file of rules is no file of rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rules{}: {problem}", .language.as_ref().map(|language| format!(" for \"{language}\"")).unwrap_or_default())]
pub struct RulesError {
    /// The language that the file says it is for.
    language: Option<String>,
    problem: String,
}

/// The rules of a language.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) language: String,
    /// How the subject of a policy letter begins.
    pub(super) subjects: Vec<String>,
    pub(super) statuses: Vec<Status>,
    pub(super) app: Vec<Pattern>,
    pub(super) issue: Vec<String>,
    pub(super) version_code: Vec<String>,
    pub(super) deadline: Vec<Context>,
    pub(super) letters: Vec<LetterRule>,
}

/// A line that tells a status.
#[derive(Debug, Clone)]
pub(super) struct Status {
    pub(super) line: String,
    pub(super) says: LetterKind,
    pub(super) verified: bool,
}

/// A letter that is no policy letter.
#[derive(Debug, Clone)]
pub(super) struct LetterRule {
    pub(super) tells: Tells,
    pub(super) says: LetterKind,
    pub(super) verified: bool,
}

/// By what a letter is known.
#[derive(Debug, Clone)]
pub(super) enum Tells {
    Subject(Pattern),
    Sentence(Pattern),
}

impl Rules {
    pub(super) fn parse(text: &str) -> Result<Self, RulesError> {
        let file: File =
            toml::from_str(text).map_err(|error| RulesError { language: None, problem: error.to_string() })?;
        let wrong = |problem: String| RulesError { language: Some(file.language.clone()), problem };
        let pattern = |text: &String| Pattern::parse(text).map_err(|problem| wrong(format!("\"{text}\": {problem}")));
        let words = |texts: &[String]| -> Result<Vec<String>, RulesError> {
            let tidied = texts.iter().map(|text| line(text)).collect::<Vec<_>>();
            match tidied.iter().any(String::is_empty) {
                true => Err(wrong("a text is empty".to_owned())),
                false => Ok(tidied),
            }
        };
        let letter = |rule: &LetterFile| {
            let tells = match (&rule.subject, &rule.sentence) {
                (Some(subject), None) => Tells::Subject(pattern(subject)?),
                (None, Some(sentence)) => Tells::Sentence(pattern(sentence)?),
                _ => return Err(wrong("a letter is known by a subject or by a sentence".to_owned())),
            };
            Ok(LetterRule { tells, says: rule.says, verified: rule.verified })
        };
        let status = |rule: &StatusFile| match line(&rule.line).trim_end_matches('.') {
            "" => Err(wrong("a status has an empty line".to_owned())),
            line => Ok(Status { line: line.to_owned(), says: rule.says, verified: rule.verified }),
        };
        let policy = &file.policy;
        Ok(Self {
            subjects: words(&policy.subject)?,
            statuses: policy.status.iter().map(status).collect::<Result<_, _>>()?,
            app: policy.app.iter().map(pattern).collect::<Result<_, _>>()?,
            issue: words(&policy.issue)?,
            version_code: words(&policy.version_code)?,
            deadline: policy.deadline.iter().cloned().map(Context::tidied).collect(),
            letters: file.letter.iter().map(letter).collect::<Result<_, _>>()?,
            language: file.language.clone(),
        })
    }
}

/// Those that come with this crate, English first.
pub(super) static PROVIDED: LazyLock<Vec<Rules>> = LazyLock::new(|| {
    [
        include_str!("../../rules/en.toml"),
        include_str!("../../rules/ko.toml"),
        include_str!("../../rules/de.toml"),
        include_str!("../../rules/es.toml"),
        include_str!("../../rules/fr.toml"),
        include_str!("../../rules/ja.toml"),
        include_str!("../../rules/pt.toml"),
        include_str!("../../rules/zh.toml"),
    ]
    .into_iter()
    .map(|text| Rules::parse(text).expect("the rules that come with the crate"))
    .collect()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: String,
    #[serde(default)]
    policy: PolicyFile,
    #[serde(default)]
    letter: Vec<LetterFile>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PolicyFile {
    subject: Vec<String>,
    app: Vec<String>,
    issue: Vec<String>,
    version_code: Vec<String>,
    deadline: Vec<Context>,
    status: Vec<StatusFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusFile {
    line: String,
    says: LetterKind,
    #[serde(default)]
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LetterFile {
    subject: Option<String>,
    sentence: Option<String>,
    says: LetterKind,
    #[serde(default)]
    verified: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provided_rules_are_rules() {
        assert_eq!(PROVIDED.len(), 8);
        // Only what was seen is verified: English and Korean.
        for rules in PROVIDED.iter().filter(|rules| !["en", "ko"].contains(&rules.language.as_str())) {
            assert!(rules.statuses.iter().all(|status| !status.verified), "{}", rules.language);
        }
        // No line means two things.
        let mut lines =
            PROVIDED.iter().flat_map(|rules| &rules.statuses).map(|status| &status.line).collect::<Vec<_>>();
        let count = lines.len();
        lines.sort();
        lines.dedup();
        assert_eq!(lines.len(), count);
    }

    #[test]
    fn what_is_wrong_with_rules_is_said() {
        let problem = |text: &str| Rules::parse(text).unwrap_err().to_string();
        assert!(problem("").contains("language"));
        assert!(problem("language = \"x\"\nother = 1").contains("other"));
        assert!(problem("language = \"x\"\n[[letter]]\nsays = \"live\"").contains("\"x\": a letter is known by"));
        assert!(problem("language = \"x\"\n[[letter]]\nsays = \"great\"\nsubject = \"abcdefgh\"").contains("great"));
        assert!(problem("language = \"x\"\n[policy]\napp = [\"{app}\"]").contains("too few words"));
        assert!(problem("language = \"x\"\n[policy]\nissue = [\" \"]").contains("empty"));
        assert!(problem("language = \"x\"\n[[policy.status]]\nline = \".\"\nsays = \"live\"").contains("empty line"));
    }
}
