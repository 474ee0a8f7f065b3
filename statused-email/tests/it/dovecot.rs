//! A real mail server, if there is one on this machine: started for a test, on ports of its own, in a folder of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Who the server runs as when the tests run as root, which it refuses to be.
const NOBODY: (u32, u32) = (65534, 65534);

pub(crate) struct Dovecot {
    folder: TempDir,
    process: Child,
    as_nobody: bool,
    pub(crate) imap: u16,
    pub(crate) imaps: u16,
    lmtp: u16,
}

pub(crate) const PASSWORD: &str = "hunter2 \"quoted\" ü";

impl Dovecot {
    /// A server, or `None` if Dovecot is not installed: then the test says that it is skipped. `STATUSED_TEST_DOVECOT`
    /// makes that a failure.
    pub(crate) fn start() -> Option<Self> {
        let installed = Command::new("dovecot").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !installed {
            assert!(std::env::var_os("STATUSED_TEST_DOVECOT").is_none(), "Dovecot is not installed");
            let mut console = std::io::stderr().lock();
            writeln!(console, "!! SKIPPED: no Dovecot here (packages dovecot-imapd and dovecot-lmtpd)").unwrap();
            return None;
        }
        let as_nobody = output("id", &["-u"]) == "0";
        let (user, group) = match as_nobody {
            true => ("nobody".to_owned(), "nogroup".to_owned()),
            false => (output("id", &["-un"]), output("id", &["-gn"])),
        };
        let folder = tempfile::tempdir().unwrap();
        let (imap, imaps, lmtp) = (free_port(), free_port(), free_port());
        certificate(folder.path());
        let config = CONFIG
            .replace("DIR", folder.path().to_str().unwrap())
            .replace("ME", &user)
            .replace("GROUP", &group)
            .replace("IMAPS_PORT", &imaps.to_string())
            .replace("IMAP_PORT", &imap.to_string())
            .replace("LMTP_PORT", &lmtp.to_string());
        std::fs::write(folder.path().join("conf"), config).unwrap();
        std::fs::write(folder.path().join("users"), format!("play:{{PLAIN}}{PASSWORD}\n")).unwrap();
        if as_nobody {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            for path in [folder.path().to_owned(), folder.path().join("key.pem"), folder.path().join("certificate.pem")]
            {
                chown(path, Some(NOBODY.0), Some(NOBODY.1)).unwrap();
            }
        }
        let config = folder.path().join("conf");
        let process = demoted("dovecot", as_nobody).arg("-F").arg("-c").arg(config).spawn().unwrap();
        let server = Self { folder, process, as_nobody, imap, imaps, lmtp };
        server.wait_until_it_greets();
        Some(server)
    }

    fn wait_until_it_greets(&self) {
        let begin = Instant::now();
        for port in [self.imap, self.lmtp] {
            while TcpStream::connect(("127.0.0.1", port)).map(|stream| greeting(&stream)).unwrap_or_default().is_empty()
            {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                assert!(begin.elapsed() < Duration::from_secs(20), "Dovecot does not start:\n{log}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Delivers a mail as a mail server does.
    pub(crate) fn deliver(&self, user: &str, mail: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.lmtp)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut expect = |code: &str| loop {
            let line = answers.next().unwrap().unwrap();
            assert!(line.starts_with(code), "{line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        };
        expect("220");
        let recipient = format!("RCPT TO:<{user}>\r\n");
        for (line, code) in [
            ("LHLO test\r\n", "250"),
            ("MAIL FROM:<developer+caf_=play=acme.example@gmail.com>\r\n", "250"),
            (&*recipient, "250"),
            ("DATA\r\n", "354"),
        ] {
            stream.write_all(line.as_bytes()).unwrap();
            expect(code);
        }
        for line in mail.split_inclusive(|&byte| byte == b'\n') {
            if line.starts_with(b".") {
                stream.write_all(b".").unwrap();
            }
            stream.write_all(line).unwrap();
        }
        stream.write_all(b".\r\n").unwrap();
        expect("250");
    }

    /// Breaks a user's connections.
    pub(crate) fn kick(&self, user: &str) {
        let config = self.folder.path().join("conf");
        let kicked = demoted("doveadm", self.as_nobody).arg("-c").arg(config).args(["kick", user]).status();
        assert!(kicked.unwrap().success());
    }

    pub(crate) fn mailbox(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user)
    }

    /// The file names of a user's mails: they end with the mails' flags.
    pub(crate) fn files(&self, user: &str) -> Vec<String> {
        let mut names = Vec::new();
        for part in ["new", "cur"] {
            let entries = std::fs::read_dir(self.mailbox(user).join(part)).unwrap();
            names.extend(entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
        }
        names
    }

    /// Numbers a user's mails anew.
    pub(crate) fn renumber(&self, user: &str) {
        let mailbox = self.mailbox(user);
        let list = mailbox.join("dovecot-uidlist");
        let text = std::fs::read_to_string(&list).unwrap();
        let validity: u32 = text.split(' ').find_map(|word| word.strip_prefix('V')?.parse().ok()).unwrap();
        std::fs::write(&list, text.replace(&format!("V{validity}"), &format!("V{}", validity + 1))).unwrap();
        for entry in std::fs::read_dir(&mailbox).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with("dovecot.index") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    pub(crate) fn certificate(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("certificate.pem")).unwrap()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its own way to end takes its children along.
        let config = self.folder.path().join("conf");
        let stopped = demoted("doveadm", self.as_nobody).arg("-c").arg(config).arg("stop").status();
        if stopped.is_err() {
            self.process.kill().unwrap_or_default();
        }
        drop(self.process.wait());
    }
}

fn demoted(program: &str, as_nobody: bool) -> Command {
    let mut command = Command::new(program);
    if as_nobody {
        command.uid(NOBODY.0).gid(NOBODY.1);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    command
}

fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn greeting(stream: &TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap_or_default();
    line
}

fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth"])
        .arg("-keyout")
        .arg(folder.join("key.pem"))
        .arg("-out")
        .arg(folder.join("certificate.pem"))
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
}

const CONFIG: &str = r#"
protocols = imap lmtp
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/log
default_internal_user = ME
default_login_user = ME
default_internal_group = GROUP
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/certificate.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:DIR/mail/%u
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = passwd-file
  args = DIR/users
}
userdb {
  driver = static
  args = uid=ME gid=GROUP home=DIR/mail/%u
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = IMAPS_PORT
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = LMTP_PORT
  }
}
"#;
