//! How mail reaches a monitor: real HTTP, a real mail server if there is one, and a real monitor behind.

mod broken_store;
mod dovecot;
mod fake_imap;
mod gmail;
mod support;

mod confirmation;
mod forms;
mod hosted_bugs;
mod hostile;
mod imap;
mod imap_faults;
mod maildir;
mod posted;
mod quarantine;
mod secrets;
mod ses;
mod taking;
