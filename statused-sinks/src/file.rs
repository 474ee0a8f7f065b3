//! Lines in a file.
//!
//! A line for each event, appended: for people, or as CloudEvents ([`Format`]). A line counts as delivered when the disk has
//! it. The file is opened for each line, so that it may be moved away at any time, and a line that was cut off, by a crash
//! or a full disk, is closed before the next one; so a reader of CloudEvents skips what is no JSON, and repeats by the
//! event's id.
//!
//! | what happens | outcome |
//! | --- | --- |
//! | the line is on the disk | delivered |
//! | the folder is not there, the path is a folder, or writing is not allowed | dead |
//! | anything else, such as a full disk | retry |

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use statused_core::model::Notification;
use statused_core::sink::{RetryPolicy, SinkProfile};
use statused_core::{Outcome, Sink};

use crate::lines::Format;

/// Appends events to a file. See the [module](self).
#[derive(Clone)]
pub struct EventFile {
    path: PathBuf,
    format: Format,
    retry: RetryPolicy,
    /// A line that takes too long goes on being written while the next try waits.
    turn: Arc<Mutex<()>>,
}

impl EventFile {
    /// Appends to the file at `path`, which is made with the first event. Its folder has to be there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let (format, retry) = (Format::default(), RetryPolicy::default());
        Self { path: path.into(), format, retry, turn: Arc::new(Mutex::new(())) }
    }

    /// Sets how an event is written; [`Format::Text`] if not said.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets when a failed try is repeated; [`RetryPolicy::five`] if not said.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }
}

impl fmt::Debug for EventFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, format, .. } = self;
        f.debug_struct("EventFile").field("path", path).field("format", format).finish_non_exhaustive()
    }
}

/// Appends a line and waits for the disk.
fn append(path: &Path, line: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut whole = Vec::with_capacity(line.len() + 1);
    if ends_within_a_line(&mut file)? {
        whole.push(b'\n');
    }
    whole.extend_from_slice(line);
    file.write_all(&whole)?;
    file.sync_data()?;
    if is_new && let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(())
}

fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    // A pipe or a device has no end to look at.
    if !file.metadata()?.is_file() || file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Without it, a new file's name may be gone after a crash.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// Other systems do not open folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[async_trait]
impl Sink for EventFile {
    /// One after the other.
    fn profile(&self) -> SinkProfile {
        SinkProfile::default().with_concurrency(1).with_retry(self.retry.clone())
    }

    async fn deliver(&self, notification: &Notification) -> Outcome {
        let line = match self.format.write(&notification.event) {
            Ok(line) => line,
            Err(error) => return Outcome::retry(format!("the event cannot be written as JSON: {error}")),
        };
        let (path, turn) = (self.path.clone(), self.turn.clone());
        let written = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            append(&path, &line)
        });
        match written.await {
            Ok(Ok(())) => Outcome::delivered(),
            Ok(Err(error)) => {
                let detail = format!("{}: {error}", self.path.display());
                match error.kind() {
                    io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::ReadOnlyFilesystem => Outcome::dead(detail),
                    _ => Outcome::retry(detail),
                }
            }
            Err(error) => Outcome::ambiguous(format!("the writing was broken off: {error}")),
        }
    }
}
