//! The SQLite store from outside: files, the contract, crashes, and a comparison with core's plain tables.

#![cfg(feature = "sqlite")]

mod comparison;
mod contract;
mod crash;
mod files;
mod shared;
mod support;
