//! The PostgreSQL store on a real server, from outside. Without a server every test says that it is skipped.

#![cfg(feature = "postgres")]

mod cluster;
#[path = "../common/mod.rs"]
mod common;
mod contract;
mod faults;
mod machines;
mod monitors;
mod pace;
mod place;
mod pooler;
#[expect(dead_code, reason = "what the monitors' tests count is not counted here")]
mod proxy;
mod schema;
mod server;
mod tls;
