//! How mail reaches a monitor: real HTTP, a real mail server if there is one, and a real monitor behind.

mod broken_store;
mod support;

mod forms;
