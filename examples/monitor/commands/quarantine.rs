//! `quarantine list|show|retry|discard`: mail that was kept aside.

use chrono::Utc;
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use statused::mail::intake::quarantine::{DirectoryQuarantine, KeptHead, KeptId, Quarantine as _, mark_due};

use super::{say, say_json};
use crate::config::{Config, ConfigError, MailTable};
use crate::error::Failure;
use crate::mail;

/// What to do with mail that was kept aside.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// Show what is kept, and why.
    List,
    /// Show one mail's reason, and where the message is.
    Show {
        /// The mail's id, as `list` shows it.
        id: String,
    },
    /// Let the running monitor try a mail again, whatever the reason.
    Retry {
        /// The mail's id.
        id: String,
    },
    /// Forget a mail.
    Discard {
        /// The mail's id.
        id: String,
    },
}

/// A kept mail, as it is shown.
#[derive(Serialize)]
struct Line<'a> {
    source: &'a str,
    why: String,
    #[serde(flatten)]
    head: Head,
}

/// What is known of it without the raw reason, which `why` has in words.
#[derive(Serialize)]
struct Head {
    id: KeptId,
    proved: bool,
    received_at: chrono::DateTime<Utc>,
    length: usize,
    recipients: Vec<String>,
    tries: u32,
    next_try: Option<chrono::DateTime<Utc>>,
}

/// Does it.
pub(crate) async fn quarantine(config: &Config, what: Quarantine, json: bool) -> Result<(), Failure> {
    let folders = folders(config)?;
    match what {
        Quarantine::List => list(&folders, json).await,
        Quarantine::Show { id } => show(&find(&folders, &id).await?, json),
        Quarantine::Retry { id } => {
            let found = find(&folders, &id).await?;
            mark_due(&found.folder.kept, &found.head.id, Utc::now()).await?;
            done(&id, "is tried again by the running monitor within a minute, or by the next run", json)
        }
        Quarantine::Discard { id } => {
            let found = find(&folders, &id).await?;
            found.folder.kept.remove(&found.head.id).await?;
            done(&id, "is forgotten", json)
        }
    }
}

/// Where a source keeps its mail.
struct Folder<'a> {
    source: &'a str,
    path: std::path::PathBuf,
    kept: DirectoryQuarantine,
}

/// The folders that there are: one that nothing was put into has not been made.
fn folders(config: &Config) -> Result<Vec<Folder<'_>>, Failure> {
    let folder = |table: &MailTable| table.quarantine.as_deref().map(|folder| config.resolve(folder));
    let named: Vec<_> = mail::tables(config).filter_map(|(id, table)| Some((id, folder(table)?))).collect();
    if named.is_empty() {
        let message =
            "no [source.mail] names a folder with `quarantine`: what is kept aside is in the monitor's memory";
        return Err(ConfigError::plain(message).into());
    }
    let there = named.into_iter().filter(|(_, path)| path.exists());
    there
        .map(|(source, path)| {
            let kept = DirectoryQuarantine::open_shared(&path).map_err(|error| Failure::Runtime(error.to_string()))?;
            Ok(Folder { source, path, kept })
        })
        .collect()
}

async fn list(folders: &[Folder<'_>], json: bool) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for folder in folders {
        lines.extend(folder.kept.list().await?.into_iter().map(|head| line(folder.source, head)));
    }
    if json {
        return say_json(&lines);
    }
    for line in &lines {
        let again = line.head.next_try.map(|at| format!(", tried again {}", at.format("%F %T UTC")));
        say(&format!(
            "{}  {}  {}  {}{}",
            line.head.id,
            line.head.received_at.format("%F %T UTC"),
            line.source,
            line.why,
            again.unwrap_or_default()
        ));
    }
    Ok(())
}

/// A mail that was asked for.
struct Found<'a> {
    folder: &'a Folder<'a>,
    head: KeptHead,
}

async fn find<'a>(folders: &'a [Folder<'a>], id: &str) -> Result<Found<'a>, Failure> {
    let id: KeptId = id.parse().map_err(|error| ConfigError::plain(format!("{id:?}: {error}")))?;
    for folder in folders {
        if let Some(mail) = folder.kept.get(&id).await? {
            return Ok(Found { folder, head: mail.head });
        }
    }
    Err(ConfigError::plain(format!("there is no kept mail {id}: it was taken, discarded, or never kept")).into())
}

fn show(found: &Found<'_>, json: bool) -> Result<(), Failure> {
    let file = found.folder.path.join(format!("{}.mail", found.head.id));
    let line = line(found.folder.source, found.head.clone());
    if json {
        let mut value = serde_json::to_value(&line).map_err(|error| Failure::Runtime(error.to_string()))?;
        value["file"] = json!(file);
        return say_json(&value);
    }
    let Head { id, proved, received_at, length, recipients, tries, next_try } = line.head;
    let proved = if proved { "proved to be Google's" } else { "not proved to be Google's" };
    let next = next_try.map_or("not by itself".to_owned(), |at| at.format("%F %T UTC").to_string());
    say(&format!("{id}, kept for {}: {}", line.source, line.why));
    say(&format!("  came {}, {length} bytes, {proved}", received_at.format("%F %T UTC")));
    say(&format!(
        "  for {}",
        if recipients.is_empty() { "nobody that is known".to_owned() } else { recipients.join(", ") }
    ));
    say(&format!("  tried again {tries} times; next: {next}"));
    say(&format!("  the message, below a line of notes: {}", file.display()));
    Ok(())
}

fn line(source: &str, head: KeptHead) -> Line<'_> {
    let proved = head.verdict.proof().is_some();
    let why = head.why.as_ref().map_or_else(String::new, ToString::to_string);
    let KeptHead { id, received_at, length, tries, next_try, envelope, .. } = head;
    let head = Head { id, proved, received_at, length, recipients: envelope.recipients, tries, next_try };
    Line { source, why, head }
}

fn done(id: &str, what: &str, json: bool) -> Result<(), Failure> {
    if json {
        return say_json(&json!({"id": id, "done": what}));
    }
    say(&format!("{id} {what}"));
    Ok(())
}
