//! Whatever a mail server says, in pieces of any length, to somebody who watches a mailbox.

#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use statused_core::{MemoryStore, Monitor};
use statused_email::intake::Intake;
use statused_email::intake::imap::{ImapMailbox, Login, Tls};
use statused_email::testkit::Postmaster;
use statused_email::{Reader, Verifier};
use statused_fuzz::{forgiving_libraries, now, run};

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::builder().pinned_keys(Postmaster::google().keys()).offline().build());
static READER: LazyLock<Reader> = LazyLock::new(Reader::new);

fuzz_target!(|data: &[u8]| {
    let Some((step, says)) = data.split_first() else { return };
    statused_email::fuzzing::hear(says, usize::from(*step));
    let store = Arc::new(MemoryStore::new());
    let monitor = Monitor::builder(store.clone()).build().unwrap();
    let intake = Intake::builder(VERIFIER.clone(), READER.clone(), monitor, "acme").clock(now).build();
    let mailbox = ImapMailbox::builder("localhost", Login::password("play", "hunter2")).tls(Tls::Plain);
    let mailbox = mailbox.build(store).unwrap();
    // Shorter than any wait for another connection, and longer than one that is there.
    let enough = Duration::from_millis(400);
    forgiving_libraries(|| run(async { mailbox.run(&intake, tokio::time::sleep(enough)).await }));
});
