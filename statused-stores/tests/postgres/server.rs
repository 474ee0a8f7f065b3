//! The PostgreSQL server that tests are run on.

use std::io::Write as _;

use tokio_postgres::{Client, Error, NoTls};

/// The address of the server that `STATUSED_TEST_POSTGRES` names, or of this machine's, and a connection to it. `None`
/// if there is none, which is said aloud, and is a failure if `STATUSED_REQUIRE_POSTGRES` is set or one was named.
pub(crate) async fn find() -> Option<(String, Client)> {
    let named = std::env::var("STATUSED_TEST_POSTGRES");
    let required = named.is_ok() || std::env::var_os("STATUSED_REQUIRE_POSTGRES").is_some();
    let url = named.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/test".to_owned());
    match connect(&url).await {
        Ok(client) => Some((url, client)),
        Err(error) if required => panic!("there has to be a PostgreSQL server: {error}"),
        Err(error) => {
            let mut console = std::io::stderr().lock();
            let hint = "STATUSED_TEST_POSTGRES names another";
            writeln!(console, "!! SKIPPED: no PostgreSQL server at 127.0.0.1:5432 ({error}); {hint}").unwrap();
            None
        }
    }
}

/// A connection that ends when the client is dropped.
pub(crate) async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
