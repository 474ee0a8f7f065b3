//! A server of a test's own, which can be treated as no other may be.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::server::{Address, skip};

/// A server that runs, on a socket in a folder of its own. It is stopped when this is dropped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
}

impl Cluster {
    /// `None`: the programs are not installed, which is said.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skip("no initdb is installed, so no server can be restarted", "STATUSED_REQUIRE_INITDB");
            return None;
        };
        let cluster = Self { programs, folder: TempDir::new().unwrap() };
        if is_root() {
            // The server refuses to run as root.
            assert!(Command::new("chown").arg("postgres").arg(cluster.folder.path()).status().unwrap().success());
        }
        cluster.run("initdb", &["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        let socket = format!("-c listen_addresses= -c unix_socket_directories={}", cluster.folder.path().display());
        cluster.run("pg_ctl", &["start", "-w", "-l", &cluster.file("log"), "-o", &socket]);
        Some(cluster)
    }

    pub(crate) fn address(&self) -> Address {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        Address::parse(&format!("postgres://postgres@{folder}:5432/postgres"))
    }

    /// Ends the server as a crash does, and starts it again.
    pub(crate) fn restart(&self) {
        self.run("pg_ctl", &["restart", "-w", "-m", "immediate", "-l", &self.file("log")]);
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.programs.join(program);
        let mut command = if is_root() { Command::new("runuser") } else { Command::new(&path) };
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(&path);
        }
        // A server keeps what it is given to write to, so that a pipe would never end.
        command.args(arguments).arg("-D").arg(self.file("data")).stdout(Stdio::null()).stderr(Stdio::null());
        let log = || std::fs::read_to_string(self.file("log")).unwrap_or_default();
        assert!(command.status().unwrap().success(), "{program} {arguments:?}: {}", log());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-m", "immediate"]);
    }
}

/// Where the server's programs are: on the way of commands, or where Debian puts them.
fn programs() -> Option<PathBuf> {
    let way = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let places = std::env::split_paths(&way).chain(versions.map(|version| version.path().join("bin")));
    places.into_iter().find(|place| place.join("initdb").exists() && place.join("pg_ctl").exists())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}
