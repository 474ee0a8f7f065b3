//! The way to a server, encrypted.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::Verifier;
#[cfg(not(fuzzing))]
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use super::wire::{Io, Reply, Wire};
use super::{ImapConfigError, ImapError, ImapMailbox};

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(20);
/// The tag of no command: greetings come unasked.
pub(super) const UNASKED: &str = "";

/// TLS as the system trusts it, and some certificates beside.
pub(super) fn connector(roots: &[Vec<u8>]) -> Result<TlsConnector, ImapConfigError> {
    let mut extra = Vec::new();
    for pem in roots {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            extra.push(certificate.map_err(ImapConfigError::Certificate)?);
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = match extra.is_empty() {
        true => Verifier::new(Arc::clone(&provider))?,
        false => Verifier::new_with_extra_roots(extra, Arc::clone(&provider))?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl ImapMailbox {
    /// Connects and hears the greeting.
    pub(super) async fn connect(&self, largest: usize) -> Result<Wire, ImapError> {
        let failed = |source| ImapError::Connect { host: self.host.clone(), port: self.port, source };
        #[cfg(fuzzing)]
        let stream = std::future::ready(crate::fuzzing::stream());
        #[cfg(not(fuzzing))]
        let stream = TcpStream::connect((self.host.as_str(), self.port));
        let stream = timeout(PATIENCE, stream).await.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
        let stream = stream.map_err(failed)?;
        if !self.starts_plain {
            let mut wire = Wire::new(self.encrypt(Box::new(stream)).await?, largest);
            greeting(&mut wire).await?;
            return Ok(wire);
        }
        let mut wire = Wire::new(Box::new(stream), largest);
        greeting(&mut wire).await?;
        if self.tls.is_none() {
            return Ok(wire);
        }
        wire.command("STARTTLS", "STARTTLS").await?;
        Ok(Wire::new(self.encrypt(wire.into_stream()?).await?, largest))
    }

    async fn encrypt(&self, stream: Box<dyn Io>) -> Result<Box<dyn Io>, ImapError> {
        let failed = |source| ImapError::Connect { host: self.host.clone(), port: self.port, source };
        let Some((connector, name)) = &self.tls else { return Ok(stream) };
        let encrypted = timeout(PATIENCE, connector.connect(name.clone(), stream)).await;
        let encrypted = encrypted.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
        Ok(Box::new(encrypted.map_err(failed)?))
    }
}

async fn greeting(wire: &mut Wire) -> Result<(), ImapError> {
    match wire.reply(UNASKED).await? {
        Reply::Bye(words) => Err(ImapError::Closed(Some(words))),
        _ => Ok(()),
    }
}
