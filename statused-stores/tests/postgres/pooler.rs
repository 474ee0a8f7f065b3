//! PgBouncer between the store and its server.

use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use statused_core::StateStore as _;
use statused_core::store::{StoreError, StoreErrorKind};
use statused_stores::PostgresStore;
use tempfile::TempDir;

use crate::common::support::{announcement, app, claim, ids};
use crate::place::{Schema, patient};
use crate::server::skip;

/// Names its socket.
const PORT: u16 = 6432;

/// A pooler that runs, on a socket in a folder of its own: no port can be another's. It is killed and reaped when this is
/// dropped.
struct Pooler {
    child: Child,
    folder: TempDir,
}

impl Pooler {
    /// `None`: it is not installed.
    fn start(place: &Schema, settings: &str) -> Option<Self> {
        if Command::new("pgbouncer").arg("--version").output().is_err() {
            skip("no pgbouncer is installed", "STATUSED_REQUIRE_PGBOUNCER");
            return None;
        }
        let folder = TempDir::new().unwrap();
        let (host, port) = place.address().place().rsplit_once(':').unwrap();
        let plain = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
        let (host, user) = (host.trim_matches(['[', ']']), plain(place.address().user()));
        let password = place.address().password().map(|it| format!(" password={}", plain(it))).unwrap_or_default();
        let text = format!(
            "[databases]\n* = host={host} port={port} user={user}{password}\n[pgbouncer]\nlisten_addr =\n\
             listen_port = {PORT}\nauth_type = any\nunix_socket_dir = {}\n\
             ignore_startup_parameters = extra_float_digits\n{settings}\n",
            folder.path().display()
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, text).unwrap();
        open_to_all(folder.path(), &file);
        // It does not run as root.
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = if root { Command::new("runuser") } else { Command::new("pgbouncer") };
        if root {
            command.args(["-u", "nobody", "--", "pgbouncer"]);
        }
        let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut pooler = Self { child, folder };
        let end = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(pooler.folder.path().join(format!(".s.PGSQL.{PORT}"))).is_err() {
            let ended = pooler.child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "pgbouncer does not listen: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(pooler)
    }

    async fn connect(&self, place: &Schema) -> Result<PostgresStore, StoreError> {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        let address = place.address().through(&format!("{folder}:{PORT}")).with("sslmode=disable");
        patient(|| place.builder_at(&address)).await
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Asked and not killed: it runs behind `runuser`, which passes this on.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        self.child.wait().ok();
    }
}

/// Lets the user that the pooler runs as read its file, and make its socket.
fn open_to_all(folder: &std::path::Path, file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
}

#[tokio::test]
async fn a_pooler_of_sessions_is_as_good_as_the_server() {
    let Some(place) = Schema::new().await else { return };
    let Some(pooler) = Pooler::start(&place, "pool_mode = session") else { return };
    let store = pooler.connect(&place).await.unwrap();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    assert_eq!(ids(&claim(&store, "hook", 1).await), [1]);
    assert_eq!(store.load(&[app("one")]).await.unwrap()[0].version, 1);
    store.close().await;
}

/// What a session is told at its beginning, and the statements that it has prepared, would be another's.
#[tokio::test]
async fn a_pooler_of_transactions_is_refused_at_once() {
    let Some(place) = Schema::new().await else { return };
    // The session that came back last is the next, or the one that has been back longest.
    for next in ["server_round_robin = 0", "server_round_robin = 1"] {
        let Some(pooler) = Pooler::start(&place, &format!("pool_mode = transaction\n{next}")) else { return };
        // Each leaves the pooler with sessions that wait.
        for _ in 0..4 {
            let error = pooler.connect(&place).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Location, "{error}");
            assert!(error.message.contains("pool by session"), "{error}");
        }
    }
}
