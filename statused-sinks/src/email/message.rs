//! The mail that says an event.

use std::fmt::Write as _;

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use statused_core::model::Event;

use crate::facts::Facts;
use crate::text::{Limit, fit, html, line};

const SUBJECT: Limit = Limit::Utf16(150);
const TEXT: Limit = Limit::Utf16(4000);
const HTML: Limit = Limit::Utf16(10_000);
const URL: usize = 2000;

/// The mail: the same, to the byte, however often it is written.
pub(super) fn write(event: &Event, from: &Mailbox, to: &[Mailbox]) -> Result<Message, lettre::error::Error> {
    let id = event.id;
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("statused-{id}"))
        .singlepart(SinglePart::plain(plain_part(event)))
        .singlepart(SinglePart::html(html_part(event)));
    let generated = HeaderName::new_from_ascii_str("Auto-Submitted");
    to.iter()
        .fold(Message::builder().from(from.clone()), |mail, to| mail.to(to.clone()))
        .subject(subject(event))
        .date(event.time.into())
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .raw_header(HeaderValue::new(generated, "auto-generated".to_owned()))
        .multipart(parts)
}

fn subject(event: &Event) -> String {
    let facts = Facts::of(event);
    let rows = facts.rows();
    let of = |wanted: &str| rows.iter().find(|(label, _)| *label == wanted).map(|(_, value)| *value);
    let what = [of("App"), of("Version")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [what.trim(), facts.title().trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let subject = if parts.is_empty() { facts.sentence().to_owned() } else { parts.join(": ") };
    fit(&subject, SUBJECT, line)
}

fn plain_part(event: &Event) -> String {
    let facts = Facts::of(event);
    let mut text = format!("{}\n", fit(facts.sentence(), TEXT, line));
    for (label, value) in facts.rows().into_iter().chain(facts.reason().map(|reason| ("Reason", reason))) {
        // Writing to a string does not fail.
        write!(text, "\n{label}: {}", fit(value, TEXT, line)).unwrap_or_default();
    }
    if let Some(url) = facts.console(URL) {
        write!(text, "\n\n{}: {url}", fit(&facts.console_label(), TEXT, line)).unwrap_or_default();
    }
    text.push('\n');
    text
}

fn html_part(event: &Event) -> String {
    let facts = Facts::of(event);
    let safe = |text: &str| fit(text, HTML, html);
    let color = facts.color().unwrap_or("#8e8e8e");
    let mut page = format!(
        "<div style=\"font-family:sans-serif;border-left:4px solid {color};padding-left:12px\">\n<h2>{}</h2>\n<p>{}</p>\n",
        safe(facts.title()),
        safe(facts.sentence()),
    );
    let mut add = |text: std::fmt::Arguments<'_>| page.write_fmt(text).unwrap_or_default();
    if let Some(icon) = facts.icon(URL) {
        let name = safe(facts.icon_name());
        add(format_args!("<img src=\"{}\" alt=\"{name}\" width=\"64\" height=\"64\">\n", safe(&icon)));
    }
    add(format_args!("<table>\n"));
    for (label, value) in facts.rows() {
        add(format_args!("<tr><td><b>{label}</b></td><td>{}</td></tr>\n", safe(value)));
    }
    add(format_args!("</table>\n"));
    if let Some(reason) = facts.reason() {
        add(format_args!("<blockquote>{}</blockquote>\n", safe(reason)));
    }
    if let Some(url) = facts.console(URL) {
        add(format_args!("<p><a href=\"{}\">{}</a></p>\n", safe(&url), safe(&facts.console_label())));
    }
    page.push_str("</div>\n");
    page
}
