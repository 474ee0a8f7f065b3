//! What `check` says of mail.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use statused::MemoryStore;
use statused::source::CheckLine;

use super::parts;
use crate::config::{Config, MailTable, Posted};

/// Everything that mail needs, a line each. Nothing is made, and no mail is looked at.
pub(crate) async fn check(config: &Config, table: &MailTable) -> Vec<CheckLine> {
    let mut lines = vec![parts::verifier(table).check().await];
    lines.push(match table.posted() {
        None => CheckLine::ok("posted mail", "is not taken: it is fetched"),
        Some(Posted::Open) => CheckLine::ok("posted mail", "may be posted from this machine"),
        Some(posted) => match parts::forms(config, posted) {
            Ok(()) => CheckLine::ok("posted mail", "its sender has to prove who it is"),
            Err(error) => CheckLine::bad("posted mail", error),
        },
    });
    lines.push(match &table.quarantine {
        None => CheckLine::warning(
            "quarantine",
            "mail that is kept aside is forgotten when the process ends: name a folder with `quarantine`",
        ),
        Some(folder) => self::folder("quarantine", &config.resolve(folder), Needs::Write),
    });
    if let Some(folder) = &table.maildir {
        lines.push(self::folder("Maildir", &config.resolve(folder).join("new"), Needs::Move));
    }
    if let Some(imap) = &table.imap {
        let what = format!("mailbox {} at {}", imap.user, imap.host);
        lines.push(match parts::mailbox(config, imap, Arc::new(MemoryStore::new())) {
            Err(error) => CheckLine::bad(what, error),
            Ok(mailbox) => match mailbox.check().await {
                Ok(()) => CheckLine::ok(what, "the login is taken, and the folder can be read"),
                Err(error) => CheckLine::bad(what, error.to_string()),
            },
        });
    }
    lines
}

/// What a folder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Files are made in it.
    Write,
    /// Files are read and moved out of it.
    Move,
}

fn folder(what: &str, folder: &Path, needs: Needs) -> CheckLine {
    let name = folder.display().to_string();
    let what = format!("{what} {name}");
    if !folder.exists() {
        return CheckLine::ok(what, "will be made by the first run");
    }
    let read = fs::read_dir(folder).map(drop);
    let probe = || {
        let probe = folder.join(format!(".check-{}", std::process::id()));
        fs::File::create_new(&probe)?;
        fs::remove_file(&probe)
    };
    match read.and_then(|()| probe()) {
        Ok(()) if needs == Needs::Write => CheckLine::ok(what, "can be read and written"),
        Ok(()) => CheckLine::ok(what, "can be read, and mail moved out of it"),
        Err(error) => CheckLine::bad(what, format!("{error}: let the monitor's user own it")),
    }
}
