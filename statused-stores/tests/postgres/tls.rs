//! A way to the server that others could listen to.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use statused_core::StateStore as _;
use statused_core::store::{StoreError, StoreErrorKind};
use statused_stores::PostgresBuilder;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::common::support::{announcement, app};
use crate::place::{Schema, patient};

/// Speaks TLS for the server, with a certificate for `localhost`. Returns its port, and the certificate in PEM of who
/// vouches for it.
async fn server(upstream: String) -> (u16, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap().pem();
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
            tokio::spawn(async move {
                // What asks for TLS, and the answer that it may begin.
                let mut request = [0; 8];
                client.read_exact(&mut request).await?;
                assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "it did not ask for TLS");
                client.write_all(b"S").await?;
                let mut safe = acceptor.accept(client).await?;
                copy_bidirectional(&mut safe, &mut TcpStream::connect(upstream).await?).await
            });
        }
    });
    (port, root)
}

#[tokio::test]
async fn the_certificate_and_the_name_are_checked() {
    let Some(place) = Schema::new().await else { return };
    let (port, root) = server(place.address().place().to_owned()).await;
    let builder = |host: &str, more: &str| -> PostgresBuilder {
        let address = place.address().through(&format!("{host}:{port}")).with("sslmode=require");
        let address = if more.is_empty() { address } else { address.with(more) };
        place.builder_at(&address).pool_size(3)
    };
    let refused = async |builder: PostgresBuilder| -> StoreError { builder.connect().await.unwrap_err() };

    let store = patient(|| builder("localhost", "").root_certificates(root.as_bytes())).await.unwrap();
    store.commit(announcement(1, "one", 0, &["hook"])).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.pem");
    std::fs::write(&file, &root).unwrap();
    let named = format!("sslrootcert={}", file.display());
    let store = patient(|| builder("localhost", &named)).await.unwrap();
    assert_eq!(store.load(&[app("one")]).await.unwrap().len(), 1);

    let stranger = refused(builder("localhost", "")).await;
    assert!(stranger.message.contains("certificate"), "{stranger}");
    let other_name = refused(builder("127.0.0.1", "").root_certificates(root.as_bytes())).await;
    assert!(other_name.message.contains("certificate"), "{other_name}");
    let missing = refused(builder("localhost", "sslrootcert=/no/such/file")).await;
    assert_eq!(missing.kind, StoreErrorKind::Location);
    assert!(missing.message.contains("/no/such/file"), "{missing}");
}
