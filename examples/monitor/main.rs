//! Watches app releases as a TOML file says. `monitor --help` lists the commands.
//!
//! Exit codes: 0 all is well; 1 something failed while running; 2 the command line or the file is wrong; 3 a check or a
//! test has found trouble.

mod commands;
mod config;
mod error;
mod health;
mod listen;
mod mail;
mod metrics;
mod parts;
mod reload;
mod server;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::error::Failure;

/// Watches app releases and delivers every true status change, once.
#[derive(Debug, Parser)]
#[command(name = "monitor", version, after_help = AFTER_HELP)]
struct Cli {
    /// The configuration.
    #[arg(long, short, global = true, default_value = "statused.toml", value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "\
Exit codes: 0 all is well, 1 something failed while running, 2 the command line or the file is wrong, 3 a check or a test \
has found trouble. RUST_LOG sets what is logged (to the standard error output).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch and deliver until stopped (the default).
    Run,
    /// Check the file, the credentials and their permissions, a line each.
    Check(Output),
    /// Send a sample to a sink, and free it if it was parked.
    TestSink {
        /// The sink's id.
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Send a sample to every sink of a workflow.
    TestWorkflow {
        /// The workflow's id.
        id: String,
        #[command(flatten)]
        output: Output,
    },
    /// Show what is known of every app.
    Status(Output),
    /// Show what was announced, the newest first.
    History {
        /// Only of this app, by the store's id.
        #[arg(long)]
        app: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Show deliveries and their tries, the newest first.
    Deliveries {
        /// Only to this sink.
        #[arg(long)]
        sink: Option<String>,
        /// Only in this state: pending, delivered, dead or unknown.
        #[arg(long)]
        state: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Ask the running monitor how it is doing ([server] in the file).
    Health(Output),
    /// Look after the mail that was kept aside.
    Quarantine {
        #[command(subcommand)]
        what: commands::Quarantine,
        #[command(flatten)]
        output: Output,
    },
    /// Look after the webhooks that App Store Connect sends here.
    Webhooks {
        #[command(subcommand)]
        what: commands::Webhooks,
        #[command(flatten)]
        output: Output,
    },
    /// Deliver again, and free the sink if it was parked.
    Redeliver {
        /// The delivery's number, as `deliveries` shows it.
        id: u64,
    },
}

#[derive(Clone, Copy, Debug, Args)]
struct Output {
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Args)]
struct Page {
    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    output: Output,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    match dispatch(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure);
            failure.exit_code()
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    let config = Config::load(&cli.config)?;
    match cli.command.unwrap_or(Command::Run) {
        Command::Run => commands::run(config).await,
        Command::Check(output) => commands::check(&config, output.json).await,
        Command::TestSink { id, output } => commands::test_sink(&config, &id, output.json).await,
        Command::TestWorkflow { id, output } => commands::test_workflow(&config, &id, output.json).await,
        Command::Status(output) => commands::status(&config, output.json).await,
        Command::History { app, page } => commands::history(&config, app, page.limit, page.output.json).await,
        Command::Deliveries { sink, state, page } => {
            commands::deliveries(&config, sink, state.as_deref(), page.limit, page.output.json).await
        }
        Command::Health(output) => commands::health(&config, output.json).await,
        Command::Quarantine { what, output } => commands::quarantine(&config, what, output.json).await,
        Command::Webhooks { what, output } => commands::webhooks(&config, what, output.json).await,
        Command::Redeliver { id } => commands::redeliver(&config, id).await,
    }
}

#[expect(clippy::print_stderr, reason = "this is where a failure meets the person at the terminal")]
fn tell(failure: &Failure) {
    eprintln!("monitor: {failure}");
}
