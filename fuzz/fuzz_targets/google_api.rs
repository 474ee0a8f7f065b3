//! Any answers of Google's APIs and of where its tokens come from, to the polls of a monitor and to a check, and any
//! checkpoint.

#![no_main]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use statused_core::{MemoryStore, StatusSource as _};
use statused_fuzz::{Answers, now, run, watch};
use statused_google::{GooglePlay, ServiceAccount};

static ACCOUNT: LazyLock<ServiceAccount> = LazyLock::new(|| {
    let key: Pkcs8V1Der<'static> = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(key.as_ref()));
    let file = json!({
        "type": "service_account",
        "private_key": key,
        "client_email": "watcher@acme.iam.gserviceaccount.com",
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    ServiceAccount::from_json(file.to_string()).unwrap()
});

fuzz_target!(|data: &[u8]| {
    let answers = Rc::new(RefCell::new(Answers::read(data)));
    let checkpoint = answers.borrow_mut().take_body("checkpoint");
    // Its last byte says whether edits are opened.
    let edits = !data.ends_with(b"\n");
    statused_google::fuzzing::answer(move |url| {
        // The token goes with it.
        assert!(url.host_str().is_some_and(|host| host.ends_with(".googleapis.com")), "{url}");
        Response::from(answers.borrow_mut().next(url))
    });
    let source = GooglePlay::builder(ACCOUNT.clone()).retry_delay(Duration::ZERO).clock(now).edits(edits);
    let source = Arc::new(source.build().unwrap());
    run(async {
        watch(source.clone(), Arc::new(MemoryStore::new()), checkpoint).await;
        source.check().await;
    });
});
