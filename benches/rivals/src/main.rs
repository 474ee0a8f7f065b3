//! Measures published job queues that post what Statused posts: 20,000 durable jobs, 64 at a time, to the receiver of `cargo bench
//! --bench performance`, each beside the bare HTTP client in the same run. Prints a table.
//!
//! `cargo run --release --manifest-path benches/rivals/Cargo.toml` measures all; names behind `--` measure those alone (`effectum`,
//! `apalis`, `webhooksmith`). What needs PostgreSQL takes part if `STATUSED_BENCH_POSTGRES` names a server; the databases that
//! are made there are removed again.

mod apalis_queues;
mod body;
#[path = "../../performance/client.rs"]
mod client;
mod postgres;
#[path = "../../performance/receiver.rs"]
mod receiver;
#[path = "../../performance/running.rs"]
mod running;
#[path = "../../performance/shop.rs"]
mod shop;
mod webhooksmith_engines;
mod work;

use std::process::{Command, Stdio};

use work::{JOBS, Outcome, WIDTH};

#[tokio::main]
async fn main() -> Outcome<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let body = body::of_a_webhook().await?;
    let bare = client::posts(body.clone().into_bytes(), JOBS, WIDTH).await?;
    println!("The bare client: {bare:.0} posts/s of {} bytes, {WIDTH} at a time.\n", body.len());
    println!("| queue | durability | queued | drained | queued and drained | of the bare client, drained |");
    println!("| --- | --- | --- | --- | --- | --- |");
    if is_wanted("effectum") {
        effectum(&body, bare)?;
    }
    if is_wanted("apalis") {
        println!("{}", apalis_queues::sqlite(&body).await?.row(bare));
        if let Some(database) = postgres::Database::new().await? {
            let run = apalis_queues::postgres(&database.url(), &body).await;
            database.remove().await?;
            println!("{}", run?.row(bare));
        }
    }
    if is_wanted("webhooksmith") {
        println!("{}", webhooksmith_engines::sqlite(&body).await?.row(bare));
        if let Some(database) = postgres::Database::new().await? {
            let run = webhooksmith_engines::postgres(&database.url(), &body).await;
            database.remove().await?;
            println!("{}", run?.row(bare));
        }
    }
    Ok(())
}

/// In a program of its own, which prints its row itself.
fn effectum(body: &str, bare: f64) -> Outcome<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/effectum/Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--release", "--manifest-path", manifest, "--", body, &bare.to_string()]);
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err("effectum could not be measured".into()) }
}
