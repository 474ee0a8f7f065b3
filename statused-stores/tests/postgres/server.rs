//! The PostgreSQL server that tests are run on.

#[path = "../common/skipped.rs"]
mod skipped;

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};

pub(crate) use skipped::skip;

/// Where there may be one if nobody names another. Every server has that database.
const USUAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// Only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An address, in parts that can be exchanged: `postgres://user:password@host:port/database?options`.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    user: String,
    password: Option<String>,
    /// `host:port`.
    place: String,
    database: String,
    options: Vec<String>,
}

impl Address {
    pub(crate) fn parse(url: &str) -> Self {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (login, rest) = rest.rsplit_once('@').unwrap_or(("postgres", rest));
        let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
        let (place, database) = rest.split_once('/').unwrap_or((rest, user));
        let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Self {
            user: user.to_owned(),
            password: password.map(str::to_owned),
            place: if has_port { place.to_owned() } else { format!("{place}:5432") },
            database: database.to_owned(),
            options: options.split('&').filter(|option| !option.is_empty()).map(str::to_owned).collect(),
        }
    }

    pub(crate) fn url(&self) -> String {
        let Self { user, place, database, .. } = self;
        let password = self.password.iter().map(|password| format!(":{password}")).collect::<String>();
        let options = self.options.join("&");
        let mark = if options.is_empty() { "" } else { "?" };
        format!("postgres://{user}{password}@{place}/{database}{mark}{options}")
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// The server's `host:port`.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The way to the same database that leads through another `host:port`.
    pub(crate) fn through(&self, place: &str) -> Self {
        Self { place: place.to_owned(), ..self.clone() }
    }

    pub(crate) fn with_user(&self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self.clone() }
    }

    /// With a password, also where the server asks for none.
    pub(crate) fn with_some_password(&self, unasked: &str) -> Self {
        Self { password: Some(self.password.clone().unwrap_or_else(|| unasked.to_owned())), ..self.clone() }
    }

    pub(crate) fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// With `name=value`, instead of another value.
    pub(crate) fn with(&self, option: &str) -> Self {
        let name = option.split_inclusive('=').next().unwrap_or_default();
        let mut changed = self.clone();
        changed.options.retain(|known| !known.starts_with(name));
        changed.options.push(option.to_owned());
        changed
    }
}

/// The server that `STATUSED_TEST_POSTGRES` names, or this machine's, and a connection to it. `None` if there is none,
/// which is said aloud, and is a failure if `STATUSED_REQUIRE_POSTGRES` is set or one was named.
pub(crate) async fn find() -> Option<(Address, Client)> {
    let named = std::env::var("STATUSED_TEST_POSTGRES");
    let address = Address::parse(named.as_deref().unwrap_or(USUAL));
    match usable(&address).await {
        Ok(client) => Some((address, client)),
        Err(why) if named.is_ok() => panic!("there has to be a PostgreSQL server at {}: {why}", address.place()),
        Err(why) => {
            let place = address.place();
            let why = format!("no PostgreSQL server at {place} ({why}); STATUSED_TEST_POSTGRES names another");
            skip(&why, "STATUSED_REQUIRE_POSTGRES");
            None
        }
    }
}

/// A connection, or why tests cannot be run there.
async fn usable(address: &Address) -> Result<Client, String> {
    let client = connect(address).await.map_err(|error| error.to_string())?;
    let encoding: String = client.query_one("SHOW server_encoding", &[]).await.unwrap().get(0);
    if encoding == "UTF8" { Ok(client) } else { Err(format!("its encoding is {encoding}")) }
}

/// A connection that ends when the client is dropped. Many tests at once may need more than the server has: then it waits.
pub(crate) async fn connect(address: &Address) -> Result<Client, Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        match tokio_postgres::connect(&address.url(), NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                return Ok(client);
            }
            Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) && Instant::now() < end => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Does away with what a test has made, and sees to it that it is gone. The test's own runtime may be so already, and what
/// a failing test has left under way must not stand in the way.
pub(crate) fn remove(address: &Address, statements: [String; 2]) {
    let address = address.clone();
    let remove = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = connect(&address).await.unwrap();
            let mut removed = Ok(());
            // What is just being written by those who end may make one fail.
            for _ in 0..5 {
                removed = async {
                    client.batch_execute(&statements[0]).await?;
                    client.batch_execute(&statements[1]).await
                }
                .await;
                if removed.is_ok() {
                    break;
                }
            }
            removed.unwrap();
        });
    };
    let removed = std::thread::spawn(remove).join();
    assert!(removed.is_ok() || std::thread::panicking(), "something is left behind on the server");
}

/// [`remove`] for a schema with everything in it.
pub(crate) fn remove_schema(address: &Address, name: &str) {
    let end_sessions = format!(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = '{name}' AND l.pid <> pg_backend_pid() AND l.database =
                (SELECT oid FROM pg_database WHERE datname = current_database())"
    );
    remove(address, [end_sessions, format!("DROP SCHEMA IF EXISTS {name} CASCADE")]);
}
