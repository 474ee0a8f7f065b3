//! Strings of JQL.

use crate::text::{Limit, fit, line};

/// The longest value.
const VALUE: Limit = Limit::Utf16(255);

/// Whether a string of JQL is open at the end of the text.
pub(super) fn ends_within_quotes(text: &str) -> bool {
    let (mut open, mut characters) = (None, text.chars());
    while let Some(c) = characters.next() {
        match (c, open) {
            ('\\', _) => drop(characters.next()),
            ('"' | '\'', None) => open = Some(c),
            (c, Some(quote)) if c == quote => open = None,
            _ => {}
        }
    }
    open.is_some()
}

/// A value as a string of JQL.
pub(super) fn string(value: &str) -> String {
    let value = fit(value, VALUE, line);
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_strings_of_jql() {
        assert_eq!(string("1.2.3"), r#""1.2.3""#);
        assert_eq!(string(r#"1" OR project = "X\"#), r#""1\" OR project = \"X\\""#);
        assert_eq!(string("a\nb"), "\"a b\"");
    }

    #[test]
    fn a_placeholder_within_quotes_is_noticed() {
        for (text, within) in [
            ("fixVersion = ", false),
            ("fixVersion = \"", true),
            ("fixVersion = '", true),
            (r#"text ~ "it's" AND x = "#, false),
            (r#"text ~ "a \" b"#, true),
            (r#"text ~ "a \" b" AND x = "#, false),
        ] {
            assert_eq!(ends_within_quotes(text), within, "{text}");
        }
    }
}
