//! How a store is connected to its server.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use statused_core::store::{StoreError, StoreErrorKind};

use super::PostgresStore;
use super::pool::Settings;
use super::target::Target;

/// Puts a [`PostgresStore`] together.
#[must_use]
pub struct PostgresBuilder {
    url: SecretString,
    schema: String,
    pool_size: usize,
    statement_timeout: Duration,
    connect_timeout: Duration,
    roots: Option<Vec<u8>>,
    create: bool,
}

impl PostgresBuilder {
    pub(super) fn new(url: SecretString) -> Self {
        Self {
            url,
            schema: "statused".to_owned(),
            pool_size: 8,
            statement_timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(10),
            roots: None,
            create: true,
        }
    }

    /// The schema that holds the tables: letters from a to z, digits and `_`. `statused` unless said otherwise.
    ///
    /// Monitors that share a schema share their state.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// How many connections there are at most. 8 unless said otherwise, 3 at least: settlements, commits, the rest.
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections.max(3);
        self
    }

    /// How long the server may take over a statement, waits for locks included. 15 s unless said otherwise; a monitor
    /// gives a store up after 30 s.
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// How long a new connection may take. 10 s unless said otherwise.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The certificates, in PEM, that the server's is checked against, instead of those that the system trusts. The same
    /// as `sslrootcert=FILE` in the URL.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// Whether the tables are created and brought up to date. `true` unless said otherwise. With `false`, a schema that
    /// is not ready is an error: for a tool that only looks.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Connects, creates the tables if they are not there, and brings those of an older version up to date. Several may
    /// do so at the same time.
    ///
    /// # Errors
    ///
    /// By [`StoreErrorKind`]: `Location` when the URL is malformed, the server refuses the user, the database or a right is
    /// missing, or a pooler stands between that does not pool by session, `Unavailable` when there is no server, `Newer`
    /// when a newer version wrote the tables and this one cannot use them, `Corrupt` when the schema holds something else,
    /// `Other` when the tables are missing or of an older version and [`create(false)`](Self::create) forbids to change
    /// that. No error contains the URL or the password.
    ///
    /// # Cancellation
    ///
    /// A dropped call leaves the tables as they were, or ready.
    pub async fn connect(self) -> Result<PostgresStore, StoreError> {
        let target = Target::parse(self.url.expose_secret())?;
        let wrong = |why: String| StoreError::new(StoreErrorKind::Location, why);
        if !is_plain_name(&self.schema) {
            let rule = "a schema's name has letters from a to z, digits and _, begins with a letter, and ends after 63";
            return Err(wrong(rule.to_owned()));
        }
        let place = target.place(&self.schema);
        let Target { mut config, root_file } = target;
        let roots = match (self.roots, root_file) {
            (None, Some(path)) => Some(read(Path::new(&path)).map_err(wrong)?),
            (given, _) => given,
        };
        if config.get_application_name().is_none() {
            config.application_name("statused");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.connect_timeout);
        }
        // A way that is cut is noticed soon, also while nothing is asked.
        config.keepalives_idle(Duration::from_secs(15)).keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3).tcp_user_timeout(self.statement_timeout + Duration::from_secs(15));
        let settings = Settings {
            config,
            roots,
            schema: self.schema,
            size: self.pool_size,
            patience: self.statement_timeout,
            connect_timeout: self.connect_timeout,
        };
        PostgresStore::start(settings, self.create, place).await
    }
}

impl fmt::Debug for PostgresBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBuilder")
            .field("schema", &self.schema)
            .field("pool_size", &self.pool_size)
            .field("statement_timeout", &self.statement_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("create", &self.create)
            .finish_non_exhaustive()
    }
}

/// A name that needs no quotes in SQL.
fn is_plain_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.chars().all(fits)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("the file of certificates {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_need_quotes_is_none() {
        assert!(["statused", "_1", "a_b2"].into_iter().all(is_plain_name));
        assert!(["", "1a", "A", "a b", "a;b", "a\"", "\u{e4}", &"a".repeat(64)].into_iter().all(|n| !is_plain_name(n)));
    }
}
