//! The tables, and how a schema gets from one version of them to the next while others use it.

use statused_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::{Client, Error};

use super::error::store_error;

/// The tables as a program knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    /// One step for each version. A step that has been released is never changed.
    ///
    /// A step only adds, so that programs of the version before go on working beside it; one that cannot raises
    /// `oldest_program`.
    pub(super) steps: &'static [&'static str],
    /// The oldest version of a program that can use these tables.
    pub(super) oldest_program: i32,
}

/// The tables as this crate knows them.
pub(super) const TABLES: Tables = Tables { steps: &[include_str!("schema/1.sql")], oldest_program: 1 };

/// Whether a session may go on with the tables as they are now: a newer program may have changed them since the start.
pub(super) const OLDEST_PROGRAM: &str = "SELECT oldest_program FROM statused_schema";

/// Serialises what is done to the schema.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1398035268, hashtext($1::text))";

const FIND: &str = "SELECT to_regclass($1::text || '.statused_schema') IS NOT NULL,
    EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::text)";

/// What a schema holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// No schema, or an empty one.
    Nothing,
    /// Tables of this project: their version, and the oldest program's that can use them.
    Tables { version: i32, oldest_program: i32 },
    /// Something else.
    Others,
}

impl Tables {
    /// The version that such a program writes.
    pub(super) const fn version(&self) -> i32 {
        self.steps.len() as i32
    }

    /// Brings the schema to this version; leaves a newer one as it is. With `may_change` false, it only looks.
    pub(super) async fn prepare(
        &self,
        client: &Client,
        schema: &str,
        place: &str,
        may_change: bool,
    ) -> Result<(), StoreError> {
        let context = |error: Error| store_error(place, "cannot prepare the tables", &error);
        let encoding: String = client.query_one("SHOW server_encoding", &[]).await.map_err(context)?.get(0);
        if encoding != "UTF8" {
            let why = format!("{place}: the database's encoding is {encoding}: create one with ENCODING 'UTF8'");
            return Err(StoreError::new(StoreErrorKind::Location, why));
        }
        let found = find(client, schema).await.map_err(context)?;
        if self.judge(found, place)? {
            return Ok(());
        }
        if !may_change {
            return Err(self.unprepared(found, place));
        }
        let change = async {
            client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
            client.execute(LOCK, &[&schema]).await?;
            find(client, schema).await
        };
        // Somebody else may have done it meanwhile.
        let found = change.await.map_err(context)?;
        let change = match self.judge(found, place) {
            Ok(false) => self.migrate(client, schema, found).await.map_err(context),
            other => other.map(drop),
        };
        let end = if change.is_ok() { "COMMIT" } else { "ROLLBACK" };
        client.batch_execute(end).await.map_err(context)?;
        change
    }

    /// Whether the schema can be used as it is; an error if it never can.
    fn judge(&self, found: Found, place: &str) -> Result<bool, StoreError> {
        match found {
            Found::Tables { oldest_program, version } if oldest_program > self.version() => Err(StoreError::new(
                StoreErrorKind::Newer,
                format!(
                    "{place} was written by a newer version (its tables have version {version} and need a program of \
                 {oldest_program}, this one is of {}): update this program",
                    self.version()
                ),
            )),
            Found::Tables { version, .. } => Ok(version >= self.version()),
            Found::Nothing => Ok(false),
            Found::Others => Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!("{place} holds something else: name a schema of its own. It was left as it is"),
            )),
        }
    }

    fn unprepared(&self, found: Found, place: &str) -> StoreError {
        match found {
            Found::Tables { version, .. } => StoreError::new(
                StoreErrorKind::Other,
                format!(
                    "{place} was written by an older version (its tables have version {version}, this program needs \
                 {}): start the monitor once to bring it up to date",
                    self.version()
                ),
            ),
            _ => StoreError::new(StoreErrorKind::Other, format!("{place} has no tables yet: the monitor creates them")),
        }
    }

    async fn migrate(&self, client: &Client, schema: &str, found: Found) -> Result<(), Error> {
        let done = match found {
            Found::Tables { version, .. } => version,
            _ => {
                // Asking for it where it exists would need a right that an existing one does not.
                let exists = client.query_one("SELECT to_regnamespace($1::text) IS NOT NULL", &[&schema]).await?;
                if !exists.get::<_, bool>(0) {
                    client.batch_execute(&format!("CREATE SCHEMA {schema}")).await?;
                }
                let table = "CREATE TABLE statused_schema (version integer NOT NULL, oldest_program integer NOT NULL)";
                client.batch_execute(&format!("SET LOCAL search_path = {schema}; {table}")).await?;
                client.batch_execute("INSERT INTO statused_schema VALUES (0, 0)").await?;
                0
            }
        };
        client.batch_execute(&format!("SET LOCAL search_path = {schema}")).await?;
        for step in self.steps.iter().skip(usize::try_from(done).unwrap_or(0)) {
            client.batch_execute(step).await?;
        }
        let note = "UPDATE statused_schema SET version = $1, oldest_program = $2";
        client.execute(note, &[&self.version(), &self.oldest_program]).await.map(drop)
    }
}

async fn find(client: &Client, schema: &str) -> Result<Found, Error> {
    let row = client.query_one(FIND, &[&schema]).await?;
    match (row.get(0), row.get(1)) {
        (true, _) => {
            let select = format!("SELECT version, oldest_program FROM {schema}.statused_schema");
            let row = client.query_one(&select, &[]).await?;
            Ok(Found::Tables { version: row.get(0), oldest_program: row.get(1) })
        }
        (false, false) => Ok(Found::Nothing),
        (false, true) => Ok(Found::Others),
    }
}
