//! Where the server is, and how safely it is reached.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use statused_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// What a URL says.
pub(super) struct Target {
    /// Holds the password.
    pub(super) config: Config,
    /// The file with the certificates that the server's is checked against, instead of the system's.
    pub(super) root_file: Option<String>,
}

impl Target {
    /// Reads `postgres://user:password@host:port/database?option=value`.
    ///
    /// Nothing of the URL is repeated in an error: where it is malformed, any part of it may be the password.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |why: &str| StoreError::new(StoreErrorKind::Location, format!("the URL of the database: {why}"));
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(wrong("it begins with postgres://"));
        }
        let (mode, root_file, rest) = split_tls(url).map_err(wrong)?;
        let mut config: Config = rest.parse().map_err(|_| {
            wrong(
                "it is not like postgres://user:password@host:5432/database (in the password, @ is written as %40, / \
                 as %2F, % as %25), or has an option that is not known",
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(wrong("it names no host"));
        }
        config.ssl_mode(mode.unwrap_or(if is_near(&config) { SslMode::Disable } else { SslMode::Require }));
        Ok(Self { config, root_file })
    }

    /// For errors: the server and the database, without user and password.
    pub(super) fn place(&self, schema: &str) -> String {
        let ports = self.config.get_ports();
        let port = |index: usize| ports.get(index).or(ports.first()).copied().unwrap_or(5432);
        let hosts = self.config.get_hosts().iter().enumerate().map(|(index, host)| match host {
            Host::Tcp(name) => format!("{name}:{}", port(index)),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or("postgres");
        format!("PostgreSQL at {}/{database}, schema {schema}", hosts.collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("root_file", &self.root_file).finish_non_exhaustive()
    }
}

/// Takes out what the driver does not know: `sslrootcert`, and the modes that ask for a checked certificate, which is
/// what `require` means here anyway.
fn split_tls(url: &str) -> Result<(Option<SslMode>, Option<String>, String), &'static str> {
    let Some((head, query)) = url.split_once('?') else { return Ok((None, None, url.to_owned())) };
    let (mut mode, mut root_file, mut rest) = (None, None, Vec::new());
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sslmode", "disable")) => mode = Some(SslMode::Disable),
            Some(("sslmode", "prefer")) => mode = Some(SslMode::Prefer),
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => mode = Some(SslMode::Require),
            Some(("sslmode", _)) => return Err("sslmode is disable, prefer, require or verify-full"),
            Some(("sslrootcert", path)) => {
                let path = percent_decode_str(path).decode_utf8().map_err(|_| "sslrootcert is not UTF-8")?;
                root_file = Some(path.into_owned());
            }
            _ => rest.push(pair),
        }
    }
    Ok((mode, root_file, format!("{head}?{}", rest.join("&"))))
}

/// Whether nothing leaves the machine on the way to the server.
fn is_near(config: &Config) -> bool {
    let near = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(near) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> SslMode {
        Target::parse(url).unwrap().config.get_ssl_mode()
    }

    #[test]
    fn plain_text_leaves_the_machine_only_when_the_url_says_so() {
        for near in ["localhost", "127.0.0.1", "[::1]", "%2Fvar%2Frun%2Fpostgresql", "127.0.0.1:1,localhost:2"] {
            assert_eq!(mode(&format!("postgres://me@{near}/db")), SslMode::Disable, "{near}");
        }
        for far in ["db.example.com", "10.0.0.1", "localhost,db.example.com", "localhost.example.com"] {
            assert_eq!(mode(&format!("postgres://me@{far}/db")), SslMode::Require, "{far}");
        }
        assert_eq!(mode("postgres://me@localhost/db?hostaddr=10.0.0.1"), SslMode::Require);
        for (word, expected) in [
            ("disable", SslMode::Disable),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::Require),
            ("verify-full", SslMode::Require),
        ] {
            for host in ["localhost", "db.example.com"] {
                assert_eq!(mode(&format!("postgresql://{host}/db?sslmode={word}&connect_timeout=3")), expected);
            }
        }
    }

    #[test]
    fn the_file_of_certificates_is_taken_out() {
        let target = Target::parse("postgres://h/db?application_name=x&sslrootcert=%2Fetc%2Fca.pem").unwrap();
        assert_eq!(target.root_file.as_deref(), Some("/etc/ca.pem"));
        assert_eq!(target.config.get_application_name(), Some("x"));
    }

    #[test]
    fn an_error_repeats_nothing_of_the_url() {
        for url in [
            "mysql://me:hunter2@h/db",
            "postgres://me:hunter2@/db",
            "postgres://me:hunter2@h:port/db",
            "postgres://me:hunter2/hunter2@h:1:2/db",
            "postgres://me@h/db?hunter2=1",
            "postgres://me@h/db?sslmode=hunter2",
            "postgres://me@h/db?sslrootcert=%FFhunter2",
            "host=h password=hunter2",
        ] {
            let error = Target::parse(url).unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Location, "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn neither_the_place_nor_the_debug_text_names_the_password() {
        let target = Target::parse("postgres://me:hunter2@h:1,i:2/db").unwrap();
        assert_eq!(target.place("s"), "PostgreSQL at h:1,i:2/db, schema s");
        assert!(!format!("{target:?}{:?}", target.config).contains("hunter2"));
    }
}
