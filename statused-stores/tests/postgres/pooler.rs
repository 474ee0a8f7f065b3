//! PgBouncer between the store and its server.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use statused_core::StateStore as _;
use statused_core::store::{StoreError, StoreErrorKind};
use statused_stores::PostgresStore;
use tempfile::TempDir;

use crate::common::support::{announcement, app, claim, ids};
use crate::place::Schema;

/// A pooler that runs. It is killed and reaped when this is dropped.
struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// `None`: it is not installed.
    fn start(place: &Schema, settings: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = place.server();
        let (host, upstream) = server.rsplit_once(':').unwrap_or((&server, "5432"));
        let user = place.url().split_once("://").unwrap().1.split(['@', ':']).next().unwrap();
        // It does not run as root.
        let file = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={upstream} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nauth_type = any\nunix_socket_dir =\n\
             ignore_startup_parameters = extra_float_digits\n{settings}\n"
        );
        std::fs::write(&file, text).unwrap();
        open_to_all(folder.path(), &file);
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        let mut command = if root { Command::new("runuser") } else { Command::new("pgbouncer") };
        if root {
            command.args(["-u", "nobody", "--", "pgbouncer"]);
        }
        let there = Command::new("pgbouncer").arg("--version").output().is_ok();
        let required = std::env::var_os("STATUSED_REQUIRE_PGBOUNCER").is_some();
        assert!(there || !required, "there has to be a pgbouncer");
        if !there {
            writeln!(std::io::stderr().lock(), "!! SKIPPED: no pgbouncer is installed").unwrap();
            return None;
        }
        let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "pgbouncer does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { child, port, _folder: folder })
    }

    async fn connect(&self, place: &Schema) -> Result<PostgresStore, StoreError> {
        let url = place.url().replace(&place.server(), &format!("127.0.0.1:{}", self.port));
        PostgresStore::builder(format!("{url}?sslmode=disable")).schema(place.name()).pool_size(4).connect().await
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Asked and not killed: it runs behind `runuser`, which passes this on.
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        self.child.wait().ok();
    }
}

/// Lets the user that the pooler runs as read its file.
fn open_to_all(folder: &std::path::Path, file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
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
