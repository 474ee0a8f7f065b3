//! Text as Slack takes it.

/// What stands at the end of shortened text.
const ELLIPSIS: char = '…';

/// Shortens plain text to `limit` UTF-16 units, at most.
pub(super) fn plain(text: &str, limit: usize) -> String {
    fit(text, limit, Piece::Char)
}

/// Escapes text for `mrkdwn`, so that it can neither mention nor link, and shortens the result to `limit` UTF-16 units.
pub(super) fn escaped(text: &str, limit: usize) -> String {
    fit(text, limit, |c| match c {
        '&' => Piece::Entity("&amp;"),
        '<' => Piece::Entity("&lt;"),
        '>' => Piece::Entity("&gt;"),
        c => Piece::Char(c),
    })
}

/// A link, if the address can be one and is, escaped, no longer than `limit`. The label is escaped already.
pub(super) fn link(url: &str, label: &str, limit: usize) -> Option<String> {
    let url = web_address(url, limit)?.replace('&', "&amp;").replace('|', "%7C");
    (url.len() <= limit).then(|| format!("<{url}|{label}>"))
}

/// The address as URLs are written, if it is one of the web and no longer than `limit`.
pub(super) fn web_address(url: &str, limit: usize) -> Option<String> {
    let url = url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // What stays of these after parsing would end a link.
    let url = String::from(url).replace('<', "%3C").replace('>', "%3E");
    (url.len() <= limit).then_some(url)
}

enum Piece {
    Char(char),
    Entity(&'static str),
}

impl Piece {
    fn width(&self) -> usize {
        match self {
            Self::Char(c) => c.len_utf16(),
            Self::Entity(entity) => entity.len(),
        }
    }

    fn append_to(&self, text: &mut String) {
        match self {
            Self::Char(c) => text.push(*c),
            Self::Entity(entity) => text.push_str(entity),
        }
    }
}

/// As many whole pieces as fit, with an ellipsis if some do not.
fn fit(text: &str, limit: usize, piece: impl Fn(char) -> Piece) -> String {
    let (mut fitting, mut width) = (String::new(), 0);
    // How much of `fitting` leaves room for the ellipsis.
    let mut room_until = 0;
    for piece in text.trim().chars().map(piece) {
        width += piece.width();
        if width > limit {
            fitting.truncate(room_until);
            fitting.push(ELLIPSIS);
            break;
        }
        piece.append_to(&mut fitting);
        if width < limit {
            room_until = fitting.len();
        }
    }
    fitting
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
            assert_eq!(plain(text, limit), expected, "{text:?}");
        }
    }

    #[test]
    fn escaping_keeps_entities_whole() {
        assert_eq!(escaped("Q&A <!channel> <@U1> >", 100), "Q&amp;A &lt;!channel&gt; &lt;@U1&gt; &gt;");
        for (limit, expected) in [(16, "a&amp;&amp;&amp;"), (15, "a&amp;&amp;…"), (11, "a&amp;…"), (6, "a…")] {
            assert_eq!(escaped("a&&&", limit), expected, "{limit}");
        }
    }

    #[test]
    fn links_cannot_be_broken_out_of() {
        assert_eq!(
            link("https://a.example/?x=1&y=|<!channel>", "Open", 100).unwrap(),
            "<https://a.example/?x=1&amp;y=%7C%3C!channel%3E|Open>"
        );
        assert_eq!(link("https://a.example/#|<b>", "Open", 100).unwrap(), "<https://a.example/#%7C%3Cb%3E|Open>");
        for no_link in [
            "javascript:alert(1)",
            "appstoreconnect.apple.com",
            "",
            "https://a.example/far/too/long",
            "https://a.example/&",
        ] {
            assert_eq!(link(no_link, "Open", 20), None, "{no_link}");
        }
    }
}
