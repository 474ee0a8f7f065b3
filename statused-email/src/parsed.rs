//! A mail that the library has taken apart.

use std::ops::Deref;
use std::thread;

use mail_parser::{Message, MessageParser, PartType};

/// Mails with more parts are not taken apart: it would take long, and nobody writes them.
const MOST_PARTS: usize = 1000;
/// A mail with an encoded one in it, where parts cannot be counted, is taken apart if it is no longer than this: each mail
/// within another is copied with all that is within it, so that the worst of this length takes some 150 megabytes.
const LONGEST_NEST: usize = 128 * 1024;
/// Enough for as many mails within each other as go into that.
const STACK: usize = 64 * 1024 * 1024;

/// A mail, in its parts.
///
/// A mail may be in a mail, a hundred thousand times over. The library calls itself for each of them, when it decodes and
/// when it drops, and runs out of stack, which no program survives. So their number is bounded, a mail with others in it
/// gets a stack that is large enough, and is dropped step by step.
pub(crate) struct Parsed<'x>(Message<'x>);

impl<'x> Parsed<'x> {
    /// `None` if it is no mail, or one with too many in it.
    pub(crate) fn new(raw: &'x [u8]) -> Option<Self> {
        let parse = || MessageParser::default().parse(raw);
        // Each part that is not encoded has one of these.
        if lines_of(raw, b"content-type").take(MOST_PARTS + 1).count() > MOST_PARTS {
            return None;
        }
        // The subtypes of a mail in a mail; the type may be folded or have a comment in it.
        let mentions = |word: &[u8]| raw.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word));
        if ![&b"rfc822"[..], b"global", b"digest"].into_iter().any(mentions) {
            return parse().map(Self);
        }
        let encodes = lines_of(raw, b"content-transfer-encoding").next().is_some();
        if raw.len() > LONGEST_NEST && encodes && (mentions(b"base64") || mentions(b"quoted-printable")) {
            return None;
        }
        thread::scope(|scope| {
            let parser = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, parse).ok()?;
            let parsed = parser.join();
            // It is as if it had panicked here, where that is caught.
            parsed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map(Self)
        })
    }
}

/// The lines that begin with a word, which is in lower case.
fn lines_of<'a>(raw: &'a [u8], word: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let begins = move |line: &&[u8]| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    raw.split(|byte| *byte == b'\n').filter(begins)
}

impl<'x> Deref for Parsed<'x> {
    type Target = Message<'x>;

    fn deref(&self) -> &Message<'x> {
        &self.0
    }
}

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut left = std::mem::take(&mut self.0.parts);
        while let Some(part) = left.pop() {
            if let PartType::Message(mut inner) = part.body {
                left.append(&mut inner.parts);
            }
        }
    }
}
