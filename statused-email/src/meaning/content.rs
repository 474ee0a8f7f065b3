//! The text of a mail that a person would read.

use mail_parser::{MimeHeaders as _, PartType};

use super::html::rendered;
use crate::parsed::Parsed;

/// As much of a text as is read; policy letters have some five thousand characters.
const MOST_TEXT: usize = 64 * 1024;

/// What a mail has to say, decoded.
pub(super) struct Content {
    pub(super) subject: String,
    /// The first address in `To:`, in lower case.
    pub(super) recipient: Option<String>,
    /// Whether the header is there that Gmail's requests for forwarding have in every language.
    pub(super) confirmation: bool,
    /// None if there is no text.
    pub(super) text: Option<String>,
}

impl Content {
    pub(super) fn of(raw: &[u8]) -> Option<Self> {
        let message = Parsed::new(raw)?;
        let recipient = message.to().and_then(|to| to.first()).and_then(|to| to.address());
        let bodies = || message.parts.iter().filter(|part| !is_attachment(part));
        let plain = bodies().find_map(|part| match &part.body {
            PartType::Text(text) if is(part, "plain") => Some(bounded(text).to_owned()),
            _ => None,
        });
        let text = plain.filter(|text| !text.trim().is_empty()).or_else(|| {
            bodies().find_map(|part| match &part.body {
                PartType::Html(html) => Some(rendered(bounded(html))),
                _ => None,
            })
        });
        Some(Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            recipient: recipient.map(str::to_ascii_lowercase),
            confirmation: message.header("X-Google-Address-Confirmation").is_some(),
            text: text.filter(|text| !text.trim().is_empty()),
        })
    }
}

fn is(part: &mail_parser::MessagePart<'_>, subtype: &str) -> bool {
    // Without a type it is plain text.
    part.content_type().is_none_or(|kind| kind.subtype().is_none_or(|found| found.eq_ignore_ascii_case(subtype)))
}

fn is_attachment(part: &mail_parser::MessagePart<'_>) -> bool {
    part.attachment_name().is_some() || part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment)
}

fn bounded(text: &str) -> &str {
    let end = (0..=text.len().min(MOST_TEXT)).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}
