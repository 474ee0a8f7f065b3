//! A quarantine in a folder.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{Kept, KeptHead, KeptId, Quarantine, QuarantineError, Room};

/// How a kept mail's file ends. Before that stands its id.
const ENDING: &str = "mail";
/// How the file of a mail ends that is being written.
const UNFINISHED: &str = "part";
/// The longest head, in bytes.
const LONGEST_HEAD: u64 = 256 * 1024;

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used as a quarantine: {source}", .folder.display())]
#[non_exhaustive]
pub struct OpenError {
    /// The folder.
    pub folder: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// Keeps mail in a folder, a file each: a line of JSON, then the mail byte for byte.
///
/// A file is there as a whole or not at all, also after a crash. Several processes may look at the folder; one runs the
/// intake. What is kept is other people's mail: on Unix only the owner may read it.
#[derive(Clone, Debug)]
pub struct DirectoryQuarantine {
    folder: Arc<Path>,
    room: Room,
    /// One change at a time, so that the room is counted right.
    changing: Arc<Mutex<()>>,
}

impl DirectoryQuarantine {
    /// In a folder, which is made if it is not there; with room for 1,000 mails and 64 MiB.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or written.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::with_room(folder, Room::default())
    }

    /// The same, with other room.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn with_room(folder: impl AsRef<Path>, room: Room) -> Result<Self, OpenError> {
        let folder = folder.as_ref();
        prepare(folder).map_err(|source| OpenError { folder: folder.to_owned(), source })?;
        Ok(Self { folder: folder.into(), room, changing: Arc::default() })
    }

    /// One that another process may be using: nothing is made and nothing is swept out.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or it cannot be read.
    pub fn open_shared(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        let folder = folder.as_ref();
        fs::read_dir(folder).map_err(|source| OpenError { folder: folder.to_owned(), source })?;
        Ok(Self { folder: folder.into(), room: Room::default(), changing: Arc::default() })
    }

    fn path(&self, id: &KeptId) -> PathBuf {
        self.folder.join(format!("{id}.{ENDING}"))
    }

    /// Does something with files, where that holds up nobody.
    async fn with_files<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, QuarantineError> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&this)).await;
        let failed = |error: &dyn std::fmt::Display| {
            QuarantineError::new(format!("the quarantine in {}: {error}", self.folder.display()))
        };
        done.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }

    fn heads(&self) -> io::Result<Vec<KeptHead>> {
        let mut heads = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != ENDING) {
                continue;
            }
            match fs::File::open(&path).and_then(|file| head(&mut BufReader::new(file))) {
                Ok(head) => heads.push(head),
                // Somebody else has just removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!("{} is no kept mail: {error}", path.display()),
            }
        }
        heads.sort_by(|one, other| (one.received_at, &one.id).cmp(&(other.received_at, &other.id)));
        Ok(heads)
    }

    fn write(&self, mail: &Kept) -> io::Result<u64> {
        let gone = self.room.evict(&self.heads()?, &mail.head);
        for id in &gone {
            self.forget(id)?;
        }
        let path = self.path(&mail.head.id);
        // Two processes may write the same mail at once.
        let unfinished = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
        let mut file = create(&unfinished)?;
        serde_json::to_writer(&mut file, &mail.head)?;
        file.write_all(b"\n")?;
        file.write_all(&mail.raw)?;
        file.sync_all()?;
        fs::rename(&unfinished, &path)?;
        // The name is durable when its folder is.
        fs::File::open(&self.folder)?.sync_all()?;
        Ok(gone.len() as u64)
    }

    fn read(&self, id: &KeptId) -> io::Result<Option<Kept>> {
        let file = match fs::File::open(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let mut reader = BufReader::new(file);
        let head = head(&mut reader)?;
        let mut raw = Vec::with_capacity(head.length.min(self.room.bytes));
        reader.read_to_end(&mut raw)?;
        Ok(Some(Kept::new(head, raw)))
    }

    fn forget(&self, id: &KeptId) -> io::Result<bool> {
        match fs::remove_file(self.path(id)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Quarantine for DirectoryQuarantine {
    async fn keep(&self, mail: Kept) -> Result<u64, QuarantineError> {
        let _alone = self.changing.lock().await;
        self.with_files(move |this| this.write(&mail)).await
    }

    async fn list(&self) -> Result<Vec<KeptHead>, QuarantineError> {
        self.with_files(Self::heads).await
    }

    async fn get(&self, id: &KeptId) -> Result<Option<Kept>, QuarantineError> {
        let id = id.clone();
        self.with_files(move |this| this.read(&id)).await
    }

    async fn remove(&self, id: &KeptId) -> Result<bool, QuarantineError> {
        let id = id.clone();
        let _alone = self.changing.lock().await;
        self.with_files(move |this| this.forget(&id)).await
    }
}

/// The first line of a file.
fn head(reader: &mut BufReader<fs::File>) -> io::Result<KeptHead> {
    let mut line = Vec::new();
    reader.by_ref().take(LONGEST_HEAD).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice(&line)?)
}

/// Makes the folder, and sweeps out what a crash has left unfinished.
fn prepare(folder: &Path) -> io::Result<()> {
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.create(folder)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    let probe = folder.join(format!("probe.{UNFINISHED}"));
    create(&probe)?;
    fs::remove_file(probe)
}

fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
