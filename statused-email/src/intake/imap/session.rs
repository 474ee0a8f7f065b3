//! What a server is asked.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::wire::{Fetched, Reply, Wire};
use super::{ImapError, Login, Secret};

const LOGIN_HINT: &str = "is the password right? Gmail, iCloud and Yahoo want one made for an app, Microsoft 365 and \
                          Workspace want an OAuth token";

/// A folder as the server opened it.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) validity: u32,
    /// The number that the next mail will have, if the server says so.
    pub(super) next: Option<u32>,
}

/// A mail's number and size, and when the server got it.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) size: usize,
    pub(super) arrived: Option<DateTime<Utc>>,
}

/// A conversation with somebody who is logged in.
pub(super) struct Session {
    wire: Wire,
    pub(super) can_idle: bool,
}

impl Session {
    /// Logs in.
    pub(super) async fn open(mut wire: Wire, login: &Login) -> Result<Self, ImapError> {
        let before = capabilities(&wire.command("CAPABILITY", "CAPABILITY").await?);
        match &login.secret {
            Secret::Password(password) => by_password(&mut wire, &login.user, password, &before).await?,
            Secret::Token(provider) => {
                let token = provider.token().await.map_err(ImapError::Token)?;
                by_token(&mut wire, &login.user, &token).await?;
            }
        }
        // They may be others after a login.
        let after = capabilities(&wire.command("CAPABILITY", "CAPABILITY").await?);
        Ok(Self { wire, can_idle: after.iter().any(|name| name == "IDLE") })
    }

    /// Opens a folder without changing anything in it.
    pub(super) async fn examine(&mut self, folder: &str) -> Result<Folder, ImapError> {
        let mut opened = Folder::default();
        for reply in self.wire.command("EXAMINE", &format!("EXAMINE {}", quoted(folder))).await? {
            match reply {
                Reply::UidValidity(validity) => opened.validity = validity,
                Reply::UidNext(next) => opened.next = Some(next),
                _ => {}
            }
        }
        match opened.validity {
            0 => Err(ImapError::Unable("the server gives mails no lasting numbers (UIDVALIDITY)")),
            _ => Ok(opened),
        }
    }

    /// The numbers of mails that fit, in order. Mail that comes from now on is announced.
    pub(super) async fn search(&mut self, which: &str) -> Result<Vec<u32>, ImapError> {
        // Some servers look for new mail only when they are asked how they are.
        self.wire.command("NOOP", "NOOP").await?;
        self.wire.news = false;
        Ok(numbers(self.wire.command("UID SEARCH", &format!("UID SEARCH {which}")).await?))
    }

    /// What is known of a mail; `None` if it is not there any more.
    pub(super) async fn list(&mut self, uid: u32) -> Result<Option<Listed>, ImapError> {
        let found = self.fetch(uid, "(UID RFC822.SIZE INTERNALDATE)").await?;
        Ok(found.map(|found| Listed {
            size: found.size.unwrap_or(usize::MAX),
            arrived: found.date.as_deref().and_then(date),
        }))
    }

    /// A mail, without marking it as seen; `None` if it is not there any more.
    pub(super) async fn mail(&mut self, uid: u32) -> Result<Option<Vec<u8>>, ImapError> {
        Ok(self.fetch(uid, "(UID BODY.PEEK[])").await?.and_then(|found| found.mail))
    }

    async fn fetch(&mut self, uid: u32, what: &str) -> Result<Option<Fetched>, ImapError> {
        let replies = self.wire.command("UID FETCH", &format!("UID FETCH {uid} {what}")).await?;
        Ok(replies.into_iter().find_map(|reply| match reply {
            // Servers also tell of other mails, and of what others do with this one.
            Reply::Fetch(fetched) if fetched.uid == Some(uid) && (fetched.size.is_some() || fetched.mail.is_some()) => {
                Some(fetched)
            }
            _ => None,
        }))
    }

    /// Waits until the server announces mail, until `longest` has passed, or until the future is dropped: then the session
    /// is of no more use.
    pub(super) async fn idle(&mut self, longest: Duration) -> Result<(), ImapError> {
        let until = Instant::now() + longest;
        let tag = self.wire.send("IDLE").await?;
        loop {
            match self.wire.reply(&tag).await? {
                Reply::Continue => break,
                Reply::Done { words, .. } => return Err(ImapError::Refused { command: "IDLE", words }),
                Reply::Bye(words) => return Err(ImapError::Closed(Some(words))),
                _ => {}
            }
        }
        // It may have been announced since the search already. `OK Still here` puts nothing off.
        while !self.wire.news {
            match timeout_at(until, self.wire.reply_some_time(&tag)).await {
                Err(_) => break,
                Ok(reply) => {
                    if let Reply::Bye(words) = reply? {
                        return Err(ImapError::Closed(Some(words)));
                    }
                }
            }
        }
        self.wire.say("DONE").await?;
        self.wire.gather("IDLE", &tag).await?;
        Ok(())
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        // It is over, whatever the server says.
        drop(self.wire.send("LOGOUT").await);
    }
}

fn capabilities(replies: &[Reply]) -> Vec<String> {
    let lists = replies.iter().filter_map(|reply| match reply {
        Reply::Capabilities(names) => Some(names.clone()),
        _ => None,
    });
    lists.flatten().collect()
}

/// The numbers of mails that were found, in order. They begin with 1.
fn numbers(replies: Vec<Reply>) -> Vec<u32> {
    let lists = replies.into_iter().map(|reply| match reply {
        Reply::Search(uids) => uids,
        _ => Vec::new(),
    });
    let mut uids: Vec<u32> = lists.flatten().filter(|uid| *uid > 0).collect();
    uids.sort_unstable();
    uids.dedup();
    uids
}

async fn by_password(wire: &mut Wire, user: &str, password: &SecretString, can: &[String]) -> Result<(), ImapError> {
    let outcome = if can.iter().any(|name| name == "AUTH=PLAIN") {
        // Takes any character.
        let plain = STANDARD.encode(format!("\0{user}\0{}", password.expose_secret()));
        authenticate(wire, "PLAIN", &plain.into()).await
    } else {
        let line = format!("LOGIN {} {}", quoted(user), quoted(password.expose_secret()));
        wire.command("LOGIN", &line).await.map(drop)
    };
    outcome.map_err(|error| refused(error, password))
}

async fn by_token(wire: &mut Wire, user: &str, token: &SecretString) -> Result<(), ImapError> {
    let said = STANDARD.encode(format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", token.expose_secret()));
    authenticate(wire, "XOAUTH2", &said.into()).await.map_err(|error| refused(error, token))
}

async fn authenticate(wire: &mut Wire, method: &str, said: &SecretString) -> Result<(), ImapError> {
    let tag = wire.send(&format!("AUTHENTICATE {method}")).await?;
    let mut lines = [said.expose_secret(), ""].into_iter();
    loop {
        match wire.reply(&tag).await? {
            // A second question is an error in a form of its own, to be answered with nothing.
            Reply::Continue => wire.say(lines.next().unwrap_or("*")).await?,
            Reply::Done { status: imap_proto::Status::Ok, .. } => return Ok(()),
            Reply::Done { words, .. } => return Err(ImapError::Refused { command: "AUTHENTICATE", words }),
            Reply::Bye(words) => return Err(ImapError::Closed(Some(words))),
            _ => {}
        }
    }
}

/// A refused login, without the secret if the server repeats it.
fn refused(error: ImapError, secret: &SecretString) -> ImapError {
    match error {
        ImapError::Refused { words, .. } => {
            let words = match secret.expose_secret() {
                "" => words,
                secret => words.replace(secret, "[redacted]"),
            };
            ImapError::Login { words, hint: LOGIN_HINT }
        }
        other => other,
    }
}

/// A quoted string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `17-Jul-1996 02:44:25 -0700`, the day with a blank in front if it has one digit.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_str(text.trim(), "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number before the first was worked out from it, and is none.
    #[test]
    fn no_mail_has_the_number_zero() {
        let found = vec![Reply::Search(vec![7, 0, 3]), Reply::Exists, Reply::Search(vec![3, 0])];
        assert_eq!(numbers(found), [3, 7]);
    }

    #[test]
    fn dates_of_servers_are_read() {
        let at = |text| date(text).map(|at| at.to_rfc3339());
        assert_eq!(at("17-Jul-1996 02:44:25 -0700").as_deref(), Some("1996-07-17T09:44:25+00:00"));
        assert_eq!(at(" 7-Jul-1996 02:44:25 +0000").as_deref(), Some("1996-07-07T02:44:25+00:00"));
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn what_is_quoted_cannot_break_out() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
