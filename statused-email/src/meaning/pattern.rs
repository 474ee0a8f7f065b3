//! The patterns of the rules.

use super::tidy::{after, line};

/// As far as a name is searched for; Google Play allows 30 characters, and allowed 50.
const LONGEST_NAME: usize = 200;

/// Words with `{app}` and `{package}` among them.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    App,
    Package,
}

/// What stands where the placeholders are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) app: Option<String>,
    pub(super) package: Option<String>,
}

impl Pattern {
    /// Each placeholder at most once, something that is none between them, and words enough to tell it from others.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut pieces = Vec::new();
        let text = line(text);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let at = rest.find('{').unwrap_or(rest.len());
            if at > 0 {
                pieces.push(Piece::Words(rest[..at].to_owned()));
                rest = &rest[at..];
                continue;
            }
            let (piece, length) = match rest {
                _ if rest.starts_with("{app}") => (Piece::App, 5),
                _ if rest.starts_with("{package}") => (Piece::Package, 9),
                _ => return Err("the only placeholders are {app} and {package}"),
            };
            if pieces.contains(&piece) {
                return Err("a placeholder stands there twice");
            }
            if pieces.last().is_some_and(|last| !matches!(last, Piece::Words(_))) {
                return Err("two placeholders stand side by side");
            }
            pieces.push(piece);
            rest = &rest[length..];
        }
        let words = pieces.iter().map(|piece| if let Piece::Words(words) = piece { words.chars().count() } else { 0 });
        if words.sum::<usize>() < 6 {
            return Err("it has too few words to tell it from others");
        }
        Ok(Self(pieces))
    }

    /// Whether the text begins so.
    pub(super) fn begins(&self, text: &str) -> Option<Found> {
        matches(&self.0, text)
    }

    /// Where the text says so. An app whose name is known (from the subject) is looked for by that: a name may contain
    /// anything, the package of somebody else's app in parentheses, too.
    pub(super) fn find(&self, text: &str, app: Option<&str>) -> Option<Found> {
        if let Some(app) = app.filter(|_| self.0.contains(&Piece::App)) {
            let bound = self.0.iter().map(|piece| match piece {
                Piece::App => Piece::Words(app.to_owned()),
                other => other.clone(),
            });
            let bound = bound.collect::<Vec<_>>();
            let found = starts(text).find_map(|at| matches(&bound, &text[at..]));
            if let Some(found) = found {
                return Some(Found { app: Some(app.to_owned()), ..found });
            }
        }
        // A name that nothing stands before could begin anywhere.
        let pieces = if self.0.first() == Some(&Piece::App) { &self.0[1..] } else { &self.0[..] };
        starts(text).find_map(|at| matches(pieces, &text[at..]))
    }
}

fn starts(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at)
}

fn matches(pieces: &[Piece], text: &str) -> Option<Found> {
    let Some((first, rest)) = pieces.split_first() else { return Some(Found::default()) };
    match first {
        Piece::Words(words) => matches(rest, after(text, words)?),
        Piece::Package => {
            let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
            // A full stop may end the sentence.
            let package = text[..end].trim_end_matches('.');
            let found = matches(rest, &text[package.len()..])?;
            is_package(package).then(|| Found { package: Some(package.to_owned()), ..found })
        }
        Piece::App => {
            // The longest name that fits: what follows it may be a part of it, too.
            let names = text.char_indices().map(|(at, _)| at).take(LONGEST_NAME).skip(1);
            let ends = names.filter_map(|at| Some((at, matches(rest, &text[at..])?)));
            let (end, found) = if rest.is_empty() { (text.len(), Found::default()) } else { ends.last()? };
            let app = text[..end].trim();
            (!app.is_empty()).then(|| Found { app: Some(app.to_owned()), ..found })
        }
    }
}

/// Whether it can be the name of an Android package.
pub(super) fn is_package(text: &str) -> bool {
    let mut segments = 0;
    text.len() <= 255
        && text.split('.').all(|segment| {
            segments += 1;
            segment.starts_with(|c: char| c.is_ascii_alphabetic())
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
        && segments >= 2
}

/// The package that a text names in parentheses, if it names exactly one.
pub(super) fn only_package(text: &str) -> Option<String> {
    let mut found: Option<&str> = None;
    for inside in text.split('(').skip(1).filter_map(|rest| rest.split_once(')')).map(|(inside, _)| inside.trim()) {
        if is_package(inside) && *found.get_or_insert(inside) != inside {
            return None;
        }
    }
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, text: &str, app: Option<&str>) -> Option<(String, String)> {
        let found = Pattern::parse(pattern).unwrap().find(text, app)?;
        Some((found.app.unwrap_or_default(), found.package.unwrap_or_default()))
    }

    #[test]
    fn names_and_packages_are_found() {
        let pattern = "your app {app} ({package}) is not";
        let found = |app: &str, package: &str| Some((app.to_owned(), package.to_owned()));
        assert_eq!(find(pattern, "that Your App A B (com.a.b) is not ok", None), found("A B", "com.a.b"));
        assert_eq!(find(pattern, "your app A (1.2) is not ok", None), None);
        assert_eq!(find(pattern, "your app A (com.a.b) is ok", None), None);
        assert_eq!(
            find("{app}({package}) 앱을 검토", "안녕. 앱(com.a.b) 앱을 검토한", Some("앱")),
            found("앱", "com.a.b")
        );
        assert_eq!(find("{app}({package}) 앱을 검토", "안녕. 앱(com.a.b) 앱을 검토한", None), found("", "com.a.b"));
        assert_eq!(
            find("After review, {app}, {package}, has", "After review, A, b, com.a.b, has", None),
            found("A, b", "com.a.b")
        );
        assert_eq!(find("the package {package}", "the package com.a.b. Hello", None), found("", "com.a.b"));
    }

    #[test]
    fn a_name_that_holds_another_package_deceives_nobody() {
        let pattern = "your app {app} ({package}) is not";
        for name in ["A (com.victim.app)", "A (com.victim.app) is not", "A (com.victim.app) is not compliant (x"] {
            let text = format!("that your app {name} (com.attacker.app) is not compliant");
            for app in [Some(name), None, Some("another")] {
                let found = find(pattern, &text, app).unwrap();
                assert_eq!(found, (name.to_owned(), "com.attacker.app".to_owned()), "{app:?}");
            }
        }
    }

    #[test]
    fn packages_are_told_from_other_words() {
        for good in ["com.a", "com.Example_1.a2", "a.b.c.d"] {
            assert!(is_package(good), "{good}");
        }
        for bad in ["com", "", "com.", ".com", "1.2", "com.1a", "com..a", "e g", "com.a-b", "com.한"] {
            assert!(!is_package(bad), "{bad}");
        }
        assert_eq!(only_package("x (com.a.b) y (n) (com.a.b)").as_deref(), Some("com.a.b"));
        assert_eq!(only_package("x (com.a.b) y (com.a.c)"), None);
        assert_eq!(only_package("x ((com.a.b)").as_deref(), Some("com.a.b"));
    }

    #[test]
    fn patterns_that_would_match_anything_are_refused() {
        for bad in ["", "{app}", "{app} is", "{app}{package} is live", "a {app} b {app} cdefgh", "your {name} is live"]
        {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
