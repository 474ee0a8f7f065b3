//! Where public keys come from.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use mail_auth::hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::hickory_resolver::proto::rr::{Name, RData};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// For all servers and attempts together.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// There is no such record, or so it is said.
    NotFound,
    /// Nobody answers.
    Unreachable,
}

/// Where keys come from.
#[derive(Debug)]
pub(super) struct Keys {
    /// By the name of the record, in lower case, without the dot at its end.
    pinned: BTreeMap<String, String>,
    dns: Dns,
    resolver: OnceCell<TokioResolver>,
}

/// Whom to ask for keys that are not pinned.
#[derive(Debug, Clone, Default)]
pub(super) enum Dns {
    #[default]
    System,
    Servers(Vec<SocketAddr>),
    Nobody,
}

impl Keys {
    pub(super) fn new(pinned: BTreeMap<String, String>, dns: Dns) -> Self {
        Self { pinned, dns, resolver: OnceCell::new() }
    }

    /// The names of the keys that are pinned.
    pub(super) fn pinned(&self) -> impl Iterator<Item = &str> {
        self.pinned.keys().map(String::as_str)
    }

    /// Whether keys are ever asked of the DNS.
    pub(super) fn asks(&self) -> bool {
        !matches!(self.dns, Dns::Nobody)
    }

    /// The records of this name: some names hold others besides a key.
    pub(super) async fn records(&self, name: &str) -> Result<Vec<String>, NoKey> {
        if let Some(record) = self.pinned.get(&name.to_ascii_lowercase()) {
            return Ok(vec![record.clone()]);
        }
        let config = match &self.dns {
            Dns::Nobody => return Err(NoKey::NotFound),
            Dns::System => None,
            Dns::Servers(servers) => Some(servers.as_slice()),
        };
        // Tried again with the next key if the system's configuration cannot be read now.
        let resolver = self.resolver.get_or_try_init(async || resolver(config)).await?;
        let name = Name::from_ascii(format!("{name}.")).map_err(|_| NoKey::NotFound)?;
        match timeout(PATIENCE, resolver.txt_lookup(name)).await {
            Ok(Ok(found)) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
            // A server in trouble is another error.
            Ok(Err(error)) if error.is_no_records_found() => Err(NoKey::NotFound),
            Ok(Err(_)) | Err(_) => Err(NoKey::Unreachable),
        }
    }
}

fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    Some(text.txt_data.iter().map(|piece| String::from_utf8_lossy(piece)).collect())
}

fn resolver(servers: Option<&[SocketAddr]>) -> Result<TokioResolver, NoKey> {
    let builder = match servers {
        None => TokioResolver::builder_tokio().map_err(|_| NoKey::Unreachable)?,
        Some(servers) => {
            let servers = servers.iter().map(name_server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    builder.build().map_err(|_| NoKey::Unreachable)
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}
