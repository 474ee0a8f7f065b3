//! Values that must not be seen: a literal, an environment variable, or a file.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::ConfigError;

/// A secret, or where it is kept.
#[derive(Clone)]
pub(crate) enum Secret {
    /// In the file itself.
    Literal(SecretString),
    /// `env:NAME`.
    Env(String),
    /// `file:PATH`.
    File(String),
}

impl Secret {
    /// The value now. A file is read each time; white space around its text is not part of it.
    pub(crate) fn value(&self, folder: &Path) -> Result<SecretString, ConfigError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.trim().is_empty() => Ok(value.trim().into()),
                Ok(_) => Err(ConfigError::plain(format!("the environment variable {name} is empty"))),
                Err(_) => Err(ConfigError::plain(format!("the environment variable {name} is not set"))),
            },
            Self::File(path) => {
                let path = folder.join(path);
                match std::fs::read_to_string(&path) {
                    Ok(text) if !text.trim().is_empty() => Ok(text.trim().into()),
                    Ok(_) => Err(ConfigError::plain(format!("the secret file {} is empty", path.display()))),
                    Err(error) => {
                        Err(ConfigError::plain(format!("the secret file {} cannot be read: {error}", path.display())))
                    }
                }
            }
        }
    }

    /// The file that holds it, if one does.
    pub(crate) fn file(&self, folder: &Path) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(folder.join(path)),
            Self::Literal(_) | Self::Env(_) => None,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("[redacted]"),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(if let Some(name) = text.strip_prefix("env:") {
            Self::Env(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(path.to_owned())
        } else {
            Self::Literal(text.into())
        })
    }
}
