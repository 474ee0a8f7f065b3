//! How mail reaches a monitor: real HTTP, a real mail server if there is one, and a real monitor behind.

mod broken_store;
mod dovecot;
mod gmail;
mod support;

mod confirmation;
mod forms;
mod imap;
mod maildir;
mod posted;
mod quarantine;
mod ses;
mod taking;
