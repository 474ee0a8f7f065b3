//! Whether a page still asks.
//!
//! The words differ from language to language. The form does not.

use url::Url;

/// Where the first form that is posted leads to, seen from the page's own address; none if the page has no such form.
pub(super) fn post_form(page: &Url, html: &str) -> Option<Result<Url, url::ParseError>> {
    let lower = html.to_ascii_lowercase();
    let mut rest = 0;
    while let Some(found) = lower[rest..].find("<form") {
        let begin = rest + found + "<form".len();
        let end = lower[begin..].find('>').map_or(lower.len(), |end| begin + end);
        // Lower case for ASCII only, so that both texts have the same places.
        let (tag, spelled) = (&lower[begin..end], &html[begin..end]);
        if attribute(tag, tag, "method").is_some_and(|method| method.trim() == "post") {
            let action = attribute(tag, spelled, "action").unwrap_or_default().replace("&amp;", "&");
            return Some(page.join(action.trim()));
        }
        rest = end;
    }
    None
}

/// An attribute's value, found in the lower-case tag and taken from the one as it is spelled.
fn attribute<'a>(tag: &str, spelled: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = tag[from..].find(name) {
        let begin = from + found;
        let after = begin + name.len();
        let stands_alone =
            tag[..begin].ends_with(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'' || c == '/');
        let value = tag[after..].trim_start();
        if stands_alone && let Some(value) = value.strip_prefix('=') {
            let value = value.trim_start();
            let at = tag.len() - value.len();
            let quoted = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
            return Some(match quoted {
                Some(quote) => spelled[at + 1..].split(quote).next().unwrap_or_default(),
                None => spelled[at..].split_ascii_whitespace().next().unwrap_or_default(),
            });
        }
        from = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_found_in_any_spelling() {
        let page = Url::parse("https://mail.google.com/mail/vf-x").unwrap();
        let leads = |html: &str| post_form(&page, html).map(|url| url.unwrap().to_string());
        let own = Some(page.to_string());
        for html in [
            r#"<form action="" method="post"><input type="submit" value="Confirm"></form>"#,
            r#"<FORM METHOD=POST>"#,
            "<form\n  method = 'Post'\n>",
            r#"<form method=get></form><form class="method" method="post">"#,
        ] {
            assert_eq!(leads(html), own, "{html}");
        }
        assert_eq!(
            leads(r#"é<form method="post" action="/mail/vf-Y?a=1&amp;b=2">"#).as_deref(),
            Some("https://mail.google.com/mail/vf-Y?a=1&b=2")
        );
        assert_eq!(leads(r#"<form method="post" action="//evil.test/">"#).as_deref(), Some("https://evil.test/"));
        for html in
            ["", "Confirmation successful.", "<form>", r#"<form method="get" action="post">"#, "<form formmethod=post>"]
        {
            assert_eq!(leads(html), None, "{html}");
        }
    }
}
