//! HTML as plain text.

use mail_parser::decoders::html::add_html_token;

/// What is inside these is not shown.
const HIDDEN: [&str; 5] = ["head", "style", "script", "template", "title"];
/// What follows these begins on the same line.
const INLINE: [&str; 12] = ["a", "abbr", "b", "code", "em", "font", "i", "img", "small", "span", "strong", "u"];

/// HTML as plain text: a line for each block, without markup.
pub(super) fn rendered(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut hidden: Option<&str> = None;
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if hidden.is_none() {
            add_words(&mut text, &rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(end) = rest.find('>') else { return text };
        let tag = rest[1..end].trim_start();
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or_default();
        let same = |known: &&&str| name.eq_ignore_ascii_case(known);
        match (hidden, HIDDEN.iter().find(same)) {
            (None, Some(begins)) if !closing && !tag.ends_with('/') => hidden = Some(begins),
            (Some(inside), Some(ends)) if closing && inside == *ends => hidden = None,
            _ => {}
        }
        if hidden.is_none() && !INLINE.iter().any(|known| same(&known)) {
            text.push('\n');
        }
        rest = &rest[end + 1..];
    }
    if hidden.is_none() {
        add_words(&mut text, rest);
    }
    text
}

/// Line breaks in HTML are spaces; entities are characters.
fn add_words(text: &mut String, html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find(['&', '\r', '\n']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.starts_with('&').then(|| rest.bytes().take(34).position(|byte| byte == b';')).flatten();
        match entity.filter(|end| rest[1..*end].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')) {
            Some(end) => {
                add_html_token(text, &rest.as_bytes()[..=end], false);
                rest = &rest[end + 1..];
            }
            None => {
                text.push(if rest.starts_with('&') { '&' } else { ' ' });
                rest = &rest[1..];
            }
        }
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_lines_and_markup_is_gone() {
        let html = "<html><HEAD><title>Hid</title></HEAD><style type='a'>x > y{}</style><table><tr><td>App\r\nStatus: \
                    <b>Rej</b>ected</td><td>you&#39;re &amp; I &nbsp;&bogus; &<br/>next</td></tr></table><!-- a > b -->end";
        let text = rendered(html);
        let lines = crate::meaning::tidy::lines(&text);
        let lines = lines.iter().filter(|line| !line.is_empty()).collect::<Vec<_>>();
        assert_eq!(lines, ["App Status: Rejected", "you're & I &bogus; &", "next", "end"]);
    }

    #[test]
    fn broken_html_is_rendered_as_far_as_it_goes() {
        for (html, text) in [
            ("a<b", "a"),
            ("<!-- a", ""),
            ("<style>a", ""),
            ("a&", "a&"),
            ("&#xD800;", "\u{fffd}"),
            ("<", ""),
            ("a</", "a"),
            ("&한;", "&한;"),
        ] {
            assert_eq!(rendered(html), text, "{html}");
        }
    }
}
