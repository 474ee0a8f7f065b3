//! Mails that were forwarded as attachments.

use std::borrow::Cow;

use mail_parser::{Encoding, PartType};

use crate::parsed::Parsed;

/// The most attached messages that are looked at.
const MOST: usize = 8;

/// The messages that are attached to a mail, as their bytes were signed. Not those that are attached to these.
pub(super) fn attached(raw: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let Some(message) = Parsed::new(raw) else { return Vec::new() };
    let mut found = Vec::new();
    for part in &message.parts {
        let PartType::Message(inner) = &part.body else { continue };
        let bytes = if part.encoding == Encoding::None {
            let range = part.offset_body as usize..part.offset_end as usize;
            raw.get(range).map(Cow::Borrowed)
        } else {
            Some(Cow::Owned(inner.raw_message.to_vec()))
        };
        found.extend(bytes);
        if found.len() == MOST {
            break;
        }
    }
    found
}
