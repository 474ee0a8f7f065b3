//! Text as it is compared, and as it is handed on.

/// The lines of a text as they are compared: without what is not seen, with plain spaces and apostrophes.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(line).collect()
}

/// One line of it.
pub(super) fn line(text: &str) -> String {
    let plain = text.chars().filter(|character| !is_invisible(*character)).map(|character| match character {
        '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{ff07}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{ff1a}' => ':',
        '\u{ff08}' => '(',
        '\u{ff09}' => ')',
        _ if character.is_whitespace() || character.is_control() => ' ',
        _ => character,
    });
    collapsed(plain)
}

/// A piece of a mail that may be shown: one line of bounded length, without what some reader could take for markup.
pub(super) fn shown(text: &str, most: usize) -> Option<String> {
    let plain = text.chars().filter(|character| !is_invisible(*character)).map(|character| match character {
        '<' => '‹',
        '>' => '›',
        '`' => '\'',
        _ if character.is_whitespace() || character.is_control() => ' ',
        _ => character,
    });
    let plain = collapsed(plain);
    if plain.chars().count() > most {
        let cut = plain.chars().take(most.saturating_sub(1)).collect::<String>();
        return Some(cut.trim_end().to_owned() + "…");
    }
    Some(plain).filter(|plain| !plain.is_empty())
}

fn collapsed(characters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for character in characters {
        if character != ' ' || !(text.is_empty() || text.ends_with(' ')) {
            text.push(character);
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Marks that change how the text around them is shown or cut, and are not seen themselves.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00ad}'
            | '\u{061c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether one text begins with another, whatever the case of its ASCII letters.
pub(super) fn after<'a>(text: &'a str, beginning: &str) -> Option<&'a str> {
    let (head, tail) = (text.get(..beginning.len())?, text.get(beginning.len()..)?);
    head.eq_ignore_ascii_case(beginning).then_some(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_compares_alike() {
        assert_eq!(line(" it\u{2019}s\u{a0}\u{200b}an\t\u{201c}app\u{201d}\u{ff1a} \u{7}\r"), "it's an \"app\":");
        assert_eq!(lines("a\r\nb\n\n c"), ["a", "b", "", "c"]);
        assert_eq!(after("Issue Found: x", "issue found:"), Some(" x"));
        assert_eq!(after("é", "e\u{301}"), None);
        assert_eq!(after("한", "a"), None);
    }

    #[test]
    fn what_is_shown_is_one_bounded_line_without_markup() {
        let shown = |text: &str| shown(text, 20).unwrap_or_default();
        assert_eq!(shown("<!channel> `x`\n\u{202e}y"), "‹!channel› 'x' y");
        assert_eq!(shown(&"한".repeat(30)), "한".repeat(19) + "…");
        assert_eq!(shown(" \u{200b}\r\n"), "");
    }
}
