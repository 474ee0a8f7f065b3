//! A database of its own for each queue.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::work::Outcome;

pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// On the server that `STATUSED_BENCH_POSTGRES` names, if it names one.
    pub(crate) async fn new() -> Outcome<Option<Self>> {
        let Ok(server) = std::env::var("STATUSED_BENCH_POSTGRES") else {
            println!("| on PostgreSQL | skipped: `STATUSED_BENCH_POSTGRES` names no server | | | | |");
            return Ok(None);
        };
        let database = Self { server, name: format!("statused_rival_{}", std::process::id()) };
        database.execute(format!("CREATE DATABASE {}", database.name)).await?;
        Ok(Some(database))
    }

    pub(crate) fn url(&self) -> String {
        let front = self.server.rsplit_once('/').map_or(&*self.server, |(front, _)| front);
        format!("{front}/{}", self.name)
    }

    pub(crate) async fn remove(self) -> Outcome<()> {
        self.execute(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await
    }

    async fn execute(&self, statement: String) -> Outcome<()> {
        let mut connection = PgConnection::connect(&self.server).await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }
}
