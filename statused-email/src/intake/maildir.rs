//! A folder that a mail server fills.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Intake, Receipt};
use crate::Envelope;

/// The folder is no Maildir.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used as a Maildir: {source}", .folder.display())]
#[non_exhaustive]
pub struct MaildirError {
    /// The folder.
    pub folder: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Takes the mails that a mail server puts into a Maildir.
///
/// A mail that was taken or kept aside moves from `new` to `cur`, where it is marked as seen; one that failed stays and
/// is tried again. The folder is looked at every few seconds, which works on every file system.
#[derive(Clone, Debug)]
pub struct Maildir {
    folder: PathBuf,
    every: Duration,
}

impl Maildir {
    /// A Maildir: a folder with `new`, `cur` and `tmp` in it, which are made if they are not there.
    ///
    /// # Errors
    ///
    /// When they cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, MaildirError> {
        let folder = folder.into();
        let made = ["new", "cur", "tmp"].iter().try_for_each(|part| fs::create_dir_all(folder.join(part)));
        match made {
            Ok(()) => Ok(Self { folder, every: Duration::from_secs(2) }),
            Err(source) => Err(MaildirError { folder, source }),
        }
    }

    /// How often it is looked at; every two seconds if not said.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// Takes what comes, until `shutdown` is done.
    ///
    /// # Cancellation
    ///
    /// It may be dropped at any time; a mail that was on its way is taken again.
    pub async fn run(&self, intake: &Intake, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            if let Err(error) = self.sweep(intake).await {
                tracing::error!(source = %intake.source(), "{}: {error}", self.folder.display());
                intake.lock().health.last_problem = Some(format!("{}: {error}", self.folder.display()));
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(self.every) => {}
            }
        }
    }

    /// Takes what is there now, the oldest first. Returns how many mails were settled.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read. A mail that cannot be read or moved delays no other.
    pub async fn sweep(&self, intake: &Intake) -> io::Result<usize> {
        let new = self.folder.join("new");
        let names = blocking(move || names(&new)).await?;
        let mut settled = 0;
        for name in names {
            match self.take(intake, &name).await {
                Ok(receipt) if receipt.is_settled() => settled += 1,
                Ok(_) => {}
                Err(error) => tracing::error!(source = %intake.source(), "{name}: {error}"),
            }
        }
        Ok(settled)
    }

    async fn take(&self, intake: &Intake, name: &str) -> io::Result<Receipt> {
        let path = self.folder.join("new").join(name);
        let (from, most) = (path.clone(), intake.largest_mail());
        // One byte more shows that it is too long.
        let raw = blocking(move || read(&from, most.saturating_add(1))).await?;
        let receipt = intake.take(&raw, Envelope::default()).await;
        if receipt.is_settled() {
            let base = name.split(":2,").next().unwrap_or(name);
            let to = self.folder.join("cur").join(format!("{base}:2,S"));
            blocking(move || fs::rename(path, to)).await?;
        }
        Ok(receipt)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// The mails of a folder. A Maildir's names begin with the time, so they sort by it.
fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file()
            && let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
        {
            names.insert(name);
        }
    }
    Ok(names)
}

fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    fs::File::open(path)?.take(most as u64).read_to_end(&mut raw)?;
    Ok(raw)
}
