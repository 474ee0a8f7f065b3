//! Commands and answers.
//!
//! What the server says is cut into answers here, so that nothing of it is unbounded, and read by a library. No byte of
//! it is logged: it has passwords and mail in it.

use std::time::Duration;

use imap_proto::{AttributeValue, Capability, MailboxDatum, Response, ResponseCode, Status};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::ImapError;
use crate::survive::survived;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long an answer may be, beside a mail in it.
const LONGEST: usize = 1024 * 1024;
/// How many lists may be within one another: flags and the like are two deep.
const DEEPEST: usize = 16;

/// Whatever bytes go through.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// What the server says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// A command is done with.
    Done {
        status: Status,
        words: String,
    },
    /// Go on.
    Continue,
    /// The connection ends.
    Bye(String),
    /// There is so much mail now.
    Exists,
    Capabilities(Vec<String>),
    Search(Vec<u32>),
    UidValidity(u32),
    UidNext(u32),
    Fetch(Fetched),
    /// Of no interest.
    Other,
}

/// What was fetched of a mail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) uid: Option<u32>,
    pub(super) size: Option<usize>,
    pub(super) date: Option<String>,
    pub(super) mail: Option<Vec<u8>>,
}

/// A conversation.
pub(super) struct Wire {
    stream: Box<dyn Io>,
    buffer: Vec<u8>,
    /// The longest mail that is fetched.
    largest: usize,
    number: u32,
    /// The server has announced mail since this was last set back.
    pub(super) news: bool,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Io>, largest: usize) -> Self {
        Self { stream, buffer: Vec::new(), largest, number: 0, news: false }
    }

    /// The stream, if the server has said nothing more: what came before TLS must not be read after it.
    pub(super) fn into_stream(self) -> Result<Box<dyn Io>, ImapError> {
        match self.buffer.is_empty() {
            true => Ok(self.stream),
            false => Err(ImapError::Unreadable("it says something before TLS")),
        }
    }

    /// Sends a command, without waiting for the answer. Returns its tag.
    pub(super) async fn send(&mut self, command: &str) -> Result<String, ImapError> {
        self.number += 1;
        let tag = format!("S{}", self.number);
        self.say(&format!("{tag} {command}")).await?;
        Ok(tag)
    }

    /// Sends a line.
    pub(super) async fn say(&mut self, line: &str) -> Result<(), ImapError> {
        let line = format!("{line}\r\n");
        let sent = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        Ok(timeout(PATIENCE, sent).await.map_err(|_| ImapError::Silent)??)
    }

    /// Sends a command and gathers what comes until it is done with.
    pub(super) async fn command(&mut self, name: &'static str, line: &str) -> Result<Vec<Reply>, ImapError> {
        let tag = self.send(line).await?;
        self.gather(name, &tag).await
    }

    /// Gathers what comes until a command is done with.
    pub(super) async fn gather(&mut self, name: &'static str, tag: &str) -> Result<Vec<Reply>, ImapError> {
        let mut replies = Vec::new();
        loop {
            match self.reply(tag).await? {
                Reply::Done { status: Status::Ok, .. } => return Ok(replies),
                Reply::Done { words, .. } => return Err(ImapError::Refused { command: name, words }),
                Reply::Bye(words) => return Err(ImapError::Closed(Some(words))),
                reply => replies.push(reply),
            }
        }
    }

    /// The next answer, as long as it comes in time.
    pub(super) async fn reply(&mut self, tag: &str) -> Result<Reply, ImapError> {
        timeout(PATIENCE, self.reply_some_time(tag)).await.map_err(|_| ImapError::Silent)?
    }

    /// The next answer, whenever it comes. It may be dropped: nothing is lost.
    pub(super) async fn reply_some_time(&mut self, tag: &str) -> Result<Reply, ImapError> {
        let length = self.frame().await?;
        let answer: Vec<u8> = self.buffer.drain(..length).collect();
        let reply = read(&answer, tag)?;
        self.news |= reply == Reply::Exists;
        Ok(reply)
    }

    /// Reads until an answer is there as a whole: lines, and the literals that they announce. Returns its length.
    async fn frame(&mut self) -> Result<usize, ImapError> {
        let mut begin = 0;
        loop {
            let end = self.line(begin).await?;
            let Some(literal) = announced(&self.buffer[begin..end]) else { return Ok(end) };
            if literal > self.largest {
                return Err(ImapError::Unreadable("a mail is longer than it was said to be"));
            }
            if end + literal > self.largest + LONGEST {
                return Err(ImapError::Unreadable("an answer does not end"));
            }
            self.fill(end + literal).await?;
            begin = end + literal;
        }
    }

    /// Where the line that begins there ends.
    async fn line(&mut self, begin: usize) -> Result<usize, ImapError> {
        let mut looked_at = begin;
        loop {
            if let Some(found) = self.buffer[looked_at..].windows(2).position(|pair| pair == b"\r\n") {
                return Ok(looked_at + found + 2);
            }
            looked_at = self.buffer.len().saturating_sub(1).max(begin);
            if self.buffer.len() - begin > LONGEST {
                return Err(ImapError::Unreadable("a line does not end"));
            }
            self.fill(self.buffer.len() + 1).await?;
        }
    }

    /// Reads until there are so many bytes.
    async fn fill(&mut self, length: usize) -> Result<(), ImapError> {
        while self.buffer.len() < length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(ImapError::Closed(None));
            }
        }
        Ok(())
    }
}

/// The length of the literal that a line announces at its end: `… {123}`.
fn announced(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"}\r\n")?;
    let open = line.iter().rposition(|&byte| byte == b'{')?;
    std::str::from_utf8(&line[open + 1..]).ok()?.parse().ok()
}

/// What an answer says to whoever sent the command with this tag.
fn read(answer: &[u8], tag: &str) -> Result<Reply, ImapError> {
    let parse = || Response::parse(answer).ok().map(|(_, response)| understood(response, tag));
    let parsed = if is_deep(answer) { None } else { survived(parse).flatten() };
    if let Some(reply) = parsed {
        return Ok(reply);
    }
    // Servers say many things; only what was asked for has to be understood.
    match answer.starts_with(b"* ") {
        true if !is_fetch(answer) => Ok(Reply::Other),
        _ => Err(ImapError::Unreadable("it is not IMAP")),
    }
}

/// Whether there are more lists within lists than in anything that is asked for. The library reads each by calling itself:
/// a line of nothing but brackets would use up the stack, and that no program survives.
fn is_deep(answer: &[u8]) -> bool {
    let (mut depth, mut rest) = (0_usize, answer);
    // What is in literals is not looked at: it is mail.
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let (line, after) = rest.split_at(end + 2);
        for byte in line {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return true;
            }
        }
        rest = after.get(announced(line).unwrap_or_default()..).unwrap_or_default();
    }
    false
}

fn understood(response: Response<'_>, tag: &str) -> Reply {
    match response {
        Response::Done { tag: done, status, outcome } if done.0 == tag => {
            Reply::Done { status, words: words(outcome.information.as_deref()) }
        }
        Response::Done { .. } => Reply::Other,
        Response::Continue(_) => Reply::Continue,
        Response::Data { status: Status::Bye, outcome } => Reply::Bye(words(outcome.information.as_deref())),
        Response::Data { outcome, .. } => match outcome.code {
            Some(ResponseCode::UidValidity(validity)) => Reply::UidValidity(validity),
            Some(ResponseCode::UidNext(next)) => Reply::UidNext(next),
            Some(ResponseCode::Capabilities(list)) => capabilities(&list),
            _ => Reply::Other,
        },
        Response::Capabilities(list) => capabilities(&list),
        Response::MailboxData(MailboxDatum::Exists(_)) => Reply::Exists,
        Response::MailboxData(MailboxDatum::Search(uids)) => Reply::Search(uids),
        Response::Fetch(_, attributes) => Reply::Fetch(fetched(attributes)),
        _ => Reply::Other,
    }
}

/// Whether an answer that cannot be read is one that brings a mail.
fn is_fetch(answer: &[u8]) -> bool {
    answer.split(|&byte| byte == b' ').nth(2).is_some_and(|word| word.eq_ignore_ascii_case(b"fetch"))
}

fn capabilities(list: &[Capability<'_>]) -> Reply {
    let names = list.iter().map(|one| match one {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(method) => format!("AUTH={}", method.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    });
    Reply::Capabilities(names.collect())
}

fn fetched(attributes: Vec<AttributeValue<'_>>) -> Fetched {
    let mut fetched = Fetched::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => fetched.uid = Some(uid),
            AttributeValue::Rfc822Size(size) => fetched.size = usize::try_from(size).ok(),
            AttributeValue::InternalDate(date) => fetched.date = Some(date.into_owned()),
            AttributeValue::BodySection { section: None, data: Some(data), .. } => {
                fetched.mail = Some(data.into_owned());
            }
            _ => {}
        }
    }
    fetched
}

/// One short line of the server's words.
fn words(text: Option<&str>) -> String {
    let text = text.unwrap_or("no reason given");
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests;
