//! Until when something is to be done.

use serde::Deserialize;

use super::tidy::{after, line};

/// What stands before a date, or after it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Context {
    /// `by`
    Before(String),
    /// `까지`
    After(String),
}

impl Context {
    /// As it is compared.
    pub(super) fn tidied(self) -> Self {
        match self {
            Self::Before(words) => Self::Before(line(&words)),
            Self::After(words) => Self::After(line(&words)),
        }
    }
}

/// The first date of a text that stands where a deadline does, as it is written there.
pub(super) fn deadline<'a>(text: &'a str, contexts: &[Context]) -> Option<&'a str> {
    contexts
        .iter()
        .find_map(|context| dates(text).find(|(from, to)| stands(text, *from, *to, context)))
        .map(|(from, to)| &text[from..to])
}

fn stands(text: &str, from: usize, to: usize, context: &Context) -> bool {
    match context {
        Context::Before(words) => {
            let before = text[..from].trim_end();
            let head = before.len().checked_sub(words.len()).and_then(|at| before.split_at_checked(at));
            head.is_some_and(|(head, tail)| {
                tail.eq_ignore_ascii_case(words) && !head.ends_with(|c: char| c.is_ascii_alphanumeric())
            })
        }
        Context::After(words) => after(text[to..].trim_start(), words).is_some(),
    }
}

/// Whatever has a year of this century in it: `April 25, 2027`, `25 April 2027`, `2027-04-25`, `2027년 4월 25일`.
fn dates(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.match_indices("20").filter_map(|(year, _)| {
        let digits = text[year..].bytes().take_while(u8::is_ascii_digit).count();
        let alone = !text[..year].ends_with(|c: char| c.is_ascii_alphanumeric());
        (digits == 4 && alone).then_some(())?;
        let (before, after_year) = (&text[..year], &text[year + 4..]);
        let tail = east_asian(after_year).or_else(|| numeric(after_year));
        if let Some(length) = tail {
            return Some((year, year + 4 + length));
        }
        Some((year - words_of_date(before)?, year + 4))
    })
}

/// `년 4월 25일`, `年4月25日`.
fn east_asian(text: &str) -> Option<usize> {
    let mut rest = text.strip_prefix(['년', '年'])?;
    for unit in [['월', '月'], ['일', '日']] {
        let number = rest.trim_start();
        let after_number = number.trim_start_matches(|c: char| c.is_ascii_digit());
        rest = after_number.strip_prefix(unit).filter(|_| after_number.len() < number.len())?;
    }
    Some(text.len() - rest.len())
}

/// `-04-25`, `/4/25`, `. 4. 25`.
fn numeric(text: &str) -> Option<usize> {
    let mut rest = text;
    for _ in 0..2 {
        let number = rest.strip_prefix(['-', '/', '.'])?.trim_start();
        let after_number = number.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = number.len() - after_number.len();
        if digits == 0 || digits > 2 {
            return None;
        }
        rest = after_number;
    }
    Some(text.len() - rest.len())
}

/// How many bytes before a year belong to its date: a month's name and a day, in this order or the other, with `de`,
/// commas and dots as they come.
fn words_of_date(before: &str) -> Option<usize> {
    let mut taken = before.trim_end();
    let (mut month, mut day) = (false, false);
    while !(month && day) {
        let word = taken.rsplit(' ').next()?;
        let bare = word.trim_matches([',', '.']);
        if !day && (1..=2).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            day = true;
        } else if matches!(bare, "de" | "del" | "of") {
            // Nothing by itself.
        } else if !month && bare.chars().count() >= 3 && bare.chars().all(char::is_alphabetic) {
            month = true;
        } else {
            return None;
        }
        taken = taken[..taken.len() - word.len()].trim_end();
    }
    Some(before.len() - taken.len() - taken_gap(before, taken))
}

/// The space between what is not taken and what is.
fn taken_gap(before: &str, taken: &str) -> usize {
    let rest = &before[taken.len()..];
    rest.len() - rest.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_where_deadlines_stand() {
        let by = [Context::Before("by".to_owned())];
        let until = [Context::After("까지".to_owned())];
        for (text, contexts, date) in [
            ("If it isn't fixed by April 25, 2027, we act.", &by, Some("April 25, 2027")),
            ("fixed BY 25 April 2027.", &by, Some("25 April 2027")),
            ("fixed by 2027-04-25.", &by, Some("2027-04-25")),
            ("por 25 de abril de 2027", &by, None),
            ("by 25 de abril de 2027", &by, Some("25 de abril de 2027")),
            ("nearby April 25, 2027", &by, None),
            ("on April 25, 2027 or by May 1, 2027", &by, Some("May 1, 2027")),
            ("by 2027", &by, None),
            ("by 120271", &by, None),
            ("© 2026 Google LLC", &by, None),
            ("April 25, 2025까지 이 문제를", &until, Some("April 25, 2025")),
            ("2027년 4월 25일까지 이", &until, Some("2027년 4월 25일")),
            ("2027. 4. 25까지", &until, Some("2027. 4. 25")),
            ("20", &until, None),
        ] {
            assert_eq!(deadline(text, contexts), date, "{text}");
        }
    }
}
