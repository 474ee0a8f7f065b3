//! Any answers of App Store Connect, to the polls of a monitor and to everything else that is asked, and any checkpoint.

#![no_main]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use libfuzzer_sys::fuzz_target;
use statused_apple::registration::Registration;
use statused_apple::webhooks::Webhooks;
use statused_apple::{AppStoreConnect, Credentials};
use statused_core::model::{AggregateKey, SubjectKey, SubjectKind};
use statused_core::source::{PollRequest, Scope};
use statused_core::{MemoryStore, StatusSource as _};
use statused_fuzz::{Answers, SOURCE, now, run, watch};

static CREDENTIALS: LazyLock<Credentials> = LazyLock::new(|| {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(key.as_ref()));
    Credentials::individual("2X9R4HXF34", key).unwrap()
});

const KINDS: [SubjectKind; 7] = [
    SubjectKind::Version,
    SubjectKind::Build,
    SubjectKind::TestFlight,
    SubjectKind::BuildUpload,
    SubjectKind::Feedback,
    SubjectKind::BackgroundAsset,
    SubjectKind::BackgroundAssetRelease,
];

fuzz_target!(|data: &[u8]| {
    let answers = Rc::new(RefCell::new(Answers::read(data)));
    let checkpoint = answers.borrow_mut().take_body("checkpoint");
    statused_apple::fuzzing::answer(move |url| {
        // The token goes with it.
        assert_eq!(url.host_str(), Some("api.appstoreconnect.apple.com"));
        Response::from(answers.borrow_mut().next(url))
    });
    let webhooks = Webhooks::builder().app("1", ["a secret of at least some length"]).build().unwrap();
    let source = AppStoreConnect::builder(CREDENTIALS.clone()).retry_delay(Duration::ZERO).clock(now);
    let source = Arc::new(source.webhooks(webhooks).feedback_comments(true).build().unwrap());
    run(async {
        watch(source.clone(), Arc::new(MemoryStore::new()), checkpoint).await;
        let app = AggregateKey::App(SOURCE.into(), "1".into());
        let mut request = PollRequest::new(SOURCE.into(), now());
        request.scope = Scope::Named;
        request.verify = KINDS.map(|kind| (app.clone(), SubjectKey::new(kind, "x1"))).into();
        let _ = source.poll(request).await.map_err(|error| error.to_string());
        let registration = Registration::new(source.client().clone());
        let _ = registration.list("1").await.map_err(|error| error.to_string());
        let _ = registration.deliveries("w1", now()).await.map_err(|error| error.to_string());
        source.check().await;
    });
});
