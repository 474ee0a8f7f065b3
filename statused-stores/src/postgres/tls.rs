//! TLS by rustls: the server's certificate and name are always checked.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use statused_core::store::{StoreError, StoreErrorKind};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How connections are made safe. `roots` are certificates in PEM that take the place of the system's.
pub(super) fn connector(roots: Option<&[u8]>) -> Result<MakeRustlsConnect, StoreError> {
    let wrong = |why: String| StoreError::new(StoreErrorKind::Location, format!("TLS to the database: {why}"));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(roots, Arc::clone(&provider)).map_err(wrong)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        // What makes this safe is the verifier, which is one of rustls' own.
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn verifier(roots: Option<&[u8]>, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let Some(pem) = roots else {
        let system = Verifier::new(provider).map_err(|error| format!("the system's certificates: {error}"))?;
        return Ok(Arc::new(system));
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| format!("the root certificates are not PEM: {error}"))?;
        store.add(certificate).map_err(|error| format!("a root certificate: {error}"))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build();
    Ok(verifier.map_err(|error| format!("the root certificates: {error}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_that_are_none_are_refused() {
        for (pem, why) in [
            (&b""[..], "root certificates"),
            (b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", "not PEM"),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "a root certificate"),
        ] {
            let error = connector(Some(pem)).err().unwrap();
            assert_eq!(error.kind, StoreErrorKind::Location);
            assert!(error.message.contains(why), "{error}");
        }
    }
}
