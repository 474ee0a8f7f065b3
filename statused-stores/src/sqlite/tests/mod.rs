//! Tests that look inside.

mod group;
mod plans;
