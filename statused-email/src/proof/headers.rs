//! A mail's headers, read strictly.

use chrono::{DateTime, Utc};
use mail_parser::{Address, MessageParser};

use super::Reason;

/// More than Gmail writes by far; all of them are searched for each name that a signature covers.
const MOST_BYTES: usize = 256 * 1024;
const MOST_FIELDS: usize = 1000;

/// Those on which a reader must not have a choice.
const ONCE: [&str; 5] = ["From", "Subject", "Date", "Message-ID", "Content-Type"];
/// Those that change how the body is read.
const AT_MOST_ONCE: [&str; 2] = ["MIME-Version", "Content-Transfer-Encoding"];

/// What a mail says of itself.
pub(super) struct Identity {
    pub(super) from: String,
    pub(super) message_id: String,
    pub(super) date: DateTime<Utc>,
    /// How many signatures and seals it has.
    pub(super) signatures: usize,
}

/// Without the line `From sender date` that mailbox files and some pipes put before a mail.
pub(super) fn without_envelope_line(raw: &[u8]) -> &[u8] {
    if !raw.starts_with(b"From ") {
        return raw;
    }
    raw.iter().position(|byte| *byte == b'\n').map_or(raw, |end| &raw[end + 1..])
}

/// Reads the headers so strictly that no other reader can understand them otherwise.
pub(super) fn identify(raw: &[u8]) -> Result<Identity, Reason> {
    let names = names(raw)?;
    let count = |header: &str| names.iter().filter(|name| name.eq_ignore_ascii_case(header)).count();
    for header in ONCE {
        match count(header) {
            1 => {}
            0 => return Err(missing(header)),
            count => return Err(Reason::Repeated { header: header.to_owned(), count }),
        }
    }
    for header in AT_MOST_ONCE {
        let count = count(header);
        if count > 1 {
            return Err(Reason::Repeated { header: header.to_owned(), count });
        }
    }
    let message = MessageParser::default().parse_headers(raw).ok_or(Reason::NoMail)?;
    let date = message.date().filter(|date| date.is_valid()).ok_or_else(|| missing("Date"))?;
    let message_id = message.message_id().filter(|id| !id.is_empty() && id.len() <= 998);
    message.subject().ok_or_else(|| missing("Subject"))?;
    Ok(Identity {
        from: message.from().and_then(only_address).ok_or_else(|| missing("From"))?,
        message_id: message_id.ok_or_else(|| missing("Message-ID"))?.to_owned(),
        date: DateTime::from_timestamp(date.to_timestamp(), 0).ok_or_else(|| missing("Date"))?,
        signatures: count("DKIM-Signature") + count("ARC-Seal"),
    })
}

fn missing(header: &str) -> Reason {
    Reason::Missing { header: header.to_owned() }
}

fn only_address(from: &Address<'_>) -> Option<String> {
    let [address] = from.as_list()? else { return None };
    let address = address.address()?.to_ascii_lowercase();
    // What is not plain is nobody's whom we know; it is shown when it is refused.
    (address.len() <= 320 && address.bytes().all(|byte| byte.is_ascii_graphic())).then_some(address)
}

/// The names of all header fields.
fn names(raw: &[u8]) -> Result<Vec<&str>, Reason> {
    let mut names = Vec::new();
    let mut rest = raw;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let malformed = || Reason::MalformedHeaders { line: number };
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        let (line, tail) = rest.split_at(end);
        rest = tail;
        if raw.len() - rest.len() > MOST_BYTES || names.len() == MOST_FIELDS {
            return Err(malformed());
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        // Some readers end a line at a carriage return alone, some do not.
        if line.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            return Err(malformed());
        }
        if matches!(line[0], b' ' | b'\t') {
            // A line of nothing but spaces continues a field for some readers, and ends the headers for others.
            if names.is_empty() || line.trim_ascii().is_empty() {
                return Err(malformed());
            }
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or_else(malformed)?;
        let name = line[..colon].trim_ascii_end();
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(malformed());
        }
        names.push(str::from_utf8(name).map_err(|_| malformed())?);
    }
    if names.is_empty() { Err(Reason::NoMail) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "From: Google Play Support <No-Reply@google.com>\r\nSubject: =?utf-8?q?Hi?=\r\n there\r\n\
        Date: Wed, 02 Aug 2023 19:35:47 -0700\r\nMessage-ID: <a@b>\r\nContent-Type: text/plain\r\n\r\nFrom: body\r\n";

    #[test]
    fn a_plain_mail_is_identified() {
        for raw in [GOOD.to_owned(), GOOD.replace("\r\n", "\n"), GOOD.replace("Subject:", "SUBJECT :")] {
            let identity = identify(raw.as_bytes()).unwrap();
            assert_eq!(identity.from, "no-reply@google.com");
            assert_eq!(identity.message_id, "a@b");
            assert_eq!(identity.date.to_rfc3339(), "2023-08-03T02:35:47+00:00");
        }
    }

    #[test]
    fn what_two_readers_may_read_differently_is_malformed() {
        let line = |raw: &str| match identify(raw.as_bytes()).map(|_| ()).unwrap_err() {
            Reason::MalformedHeaders { line } => line,
            other => panic!("{other}"),
        };
        assert_eq!(line(&format!(" X: folded\r\n{GOOD}")), 1);
        assert_eq!(line(&format!("X: a\r\n \r\n{GOOD}")), 2);
        assert_eq!(line(&format!("X: a\rFrom: b\r\n{GOOD}")), 1);
        assert_eq!(line(&format!("X: a\0b\r\n{GOOD}")), 1);
        assert_eq!(line(&format!("no colon\r\n{GOOD}")), 1);
        assert_eq!(line(&format!("two words: a\r\n{GOOD}")), 1);
        assert_eq!(line(&format!(": a\r\n{GOOD}")), 1);
        assert_eq!(line(&format!("{}{GOOD}", "X: a\r\n".repeat(1001))), 1001);
        assert!(line(&format!("X: {}\r\n{GOOD}", "a".repeat(300_000))) == 1);
    }

    #[test]
    fn each_of_the_five_has_to_be_there_once() {
        for header in ONCE {
            let without = GOOD.replacen(&format!("{header}: "), "X-Other: ", 1);
            assert_eq!(identify(without.as_bytes()).map(|_| ()), Err(missing(header)), "{header}");
            for twice in [format!("{header}: a\r\n{GOOD}"), format!("{}\t: a\r\n{GOOD}", header.to_uppercase())] {
                let reason = Reason::Repeated { header: header.to_owned(), count: 2 };
                assert_eq!(identify(twice.as_bytes()).map(|_| ()), Err(reason), "{header}");
            }
        }
    }

    #[test]
    fn from_holds_one_address() {
        for from in ["a@b, c@d", "Group: a@b;", "nobody", "", "\"a@google.com\" <\u{1}@b>"] {
            let raw = GOOD.replace("Google Play Support <No-Reply@google.com>", from);
            assert!(identify(raw.as_bytes()).is_err(), "{from}");
        }
    }

    #[test]
    fn the_line_of_a_mailbox_file_is_left_out() {
        assert_eq!(without_envelope_line(b"From me Mon\r\nA: b\r\n"), b"A: b\r\n");
        assert_eq!(without_envelope_line(b"From: me\r\n"), b"From: me\r\n");
        assert_eq!(without_envelope_line(b"From me"), b"From me");
    }
}
