//! Text of strangers: escaped for the place where it is shown, and shortened to what that place takes.

/// Appends what a character becomes.
pub(crate) type Escape = fn(char, &mut String);

/// How much a place takes, in its own measure. Where a place counts characters, UTF-16 units are never fewer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Utf16(usize),
    Bytes(usize),
}

/// What stands at the end of shortened text.
const ELLIPSIS: char = '…';

/// For places that know no markup.
pub(crate) fn plain(c: char, to: &mut String) {
    to.push(c);
}

/// For Slack's `mrkdwn`: neither mentions nor links.
pub(crate) fn slack(c: char, to: &mut String) {
    match c {
        '&' => to.push_str("&amp;"),
        '<' => to.push_str("&lt;"),
        '>' => to.push_str("&gt;"),
        c => to.push(c),
    }
}

/// For places that take `<` for the beginning of a mention or link and know no escape for it: a space of no width
/// parts it from what follows.
pub(crate) fn unlinked(c: char, to: &mut String) {
    to.push(c);
    if c == '<' {
        to.push('\u{200b}');
    }
}

/// For HTML, in text and in quoted attributes.
pub(crate) fn html(c: char, to: &mut String) {
    match c {
        '"' => to.push_str("&quot;"),
        '\'' => to.push_str("&#39;"),
        c => slack(c, to),
    }
}

/// For Markdown: no markup, and no mention, whose `@` is parted from its name by a space of no width.
pub(crate) fn markdown(c: char, to: &mut String) {
    match c {
        '@' => to.push_str("@\u{200b}"),
        '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '#' | '~' | '|' | '!' | ':' => {
            to.push('\\');
            to.push(c);
        }
        c => to.push(c),
    }
}

/// For one line of plain text, such as a subject or a log: control characters, breaks of any kind and what turns the
/// direction of writing become spaces.
pub(crate) fn line(c: char, to: &mut String) {
    let steers = c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    to.push(if steers { ' ' } else { c });
}

/// The text, escaped, and with an ellipsis where it has to end early. No escape is cut in two.
pub(crate) fn fit(text: &str, limit: Limit, escape: Escape) -> String {
    let (mut fitting, mut width) = (String::new(), 0);
    // How much of `fitting` leaves room for the ellipsis.
    let mut room_until = 0;
    for c in text.trim().chars() {
        let before = fitting.len();
        escape(c, &mut fitting);
        width += limit.width(&fitting[before..]);
        if width > limit.size() {
            fitting.truncate(room_until);
            fitting.push(ELLIPSIS);
            break;
        }
        if width + limit.width("…") <= limit.size() {
            room_until = fitting.len();
        }
    }
    fitting
}

/// The address as URLs are written, if it is one of the web and no longer than `longest`.
pub(crate) fn web_address(url: &str, longest: usize) -> Option<String> {
    let url = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // What stays of these after parsing would end a link.
    let url = String::from(url).replace('<', "%3C").replace('>', "%3E");
    (url.len() <= longest).then_some(url)
}

impl Limit {
    const fn size(self) -> usize {
        match self {
            Self::Utf16(size) | Self::Bytes(size) => size,
        }
    }

    /// How much of the limit a text takes.
    pub(crate) fn width(self, text: &str) -> usize {
        match self {
            Self::Utf16(_) => text.encode_utf16().count(),
            Self::Bytes(_) => text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shortened_between_characters() {
        for (text, limit, expected) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("añb", 3, "añb"),
            ("añbc", 3, "añ…"),
            // One character of two units: it does not fit beside the ellipsis.
            ("a🚀bc", 3, "a…"),
            ("  trimmed ", 7, "trimmed"),
        ] {
            assert_eq!(fit(text, Limit::Utf16(limit), plain), expected, "{text:?}");
        }
        for (limit, expected) in [(6, "añbcd"), (5, "a…"), (4, "a…"), (3, "…")] {
            assert_eq!(fit("añbcd", Limit::Bytes(limit), plain), expected, "{limit}");
        }
    }

    #[test]
    fn escapes_are_kept_whole() {
        assert_eq!(fit("Q&A <!channel> >", Limit::Utf16(100), slack), "Q&amp;A &lt;!channel&gt; &gt;");
        for (limit, expected) in [(16, "a&amp;&amp;&amp;"), (15, "a&amp;&amp;…"), (11, "a&amp;…"), (6, "a…")] {
            assert_eq!(fit("a&&&", Limit::Utf16(limit), slack), expected, "{limit}");
        }
    }

    #[test]
    fn each_place_has_its_escape() {
        let all = Limit::Utf16(1000);
        assert_eq!(fit("<a href=\"x\">'&", all, html), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
        assert_eq!(
            fit("[x](https://e.vil) @all *1.2.3*", all, markdown),
            "\\[x\\]\\(https\\://e.vil\\) @\u{200b}all \\*1.2.3\\*"
        );
        assert_eq!(fit("a\r\nBcc: b\u{2028}c\u{0}", all, line), "a  Bcc: b c ");
    }

    #[test]
    fn addresses_are_those_of_the_web() {
        assert_eq!(web_address("https://a.example/?x=|<b>#<c>", 100).unwrap(), "https://a.example/?x=|%3Cb%3E#%3Cc%3E");
        for none in ["javascript:alert(1)", "appstoreconnect.apple.com", "", "https://a.example/far/too/long"] {
            assert_eq!(web_address(none, 20), None, "{none}");
        }
    }
}
