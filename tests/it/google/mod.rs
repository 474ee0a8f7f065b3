//! The `monitor` example on Google Play and its mail, as a process: from a file, against a store that answers as Google's
//! does.

mod apps;
mod checks;
mod hosted_bugs;
#[path = "../../../statused-email/tests/it/fake_imap.rs"]
#[expect(dead_code, reason = "what else mail servers do is tested there")]
mod imap;
mod life;
mod mail;
mod mailbox;
mod posted;
mod quarantine;
mod quota;
mod requests;
mod site;
