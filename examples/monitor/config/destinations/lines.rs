//! Lines on the terminal and in files.

use std::sync::Arc;

use serde::Deserialize;
use statused::Sink;
use statused::sinks::Format;

use super::super::Secret;
use super::{Destination, Folder};

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FormatWord {
    #[default]
    Text,
    CloudEvents,
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Text => Self::Text,
            FormatWord::CloudEvents => Self::CloudEvents,
        }
    }
}

/// The standard output.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Console {
    #[serde(default)]
    format: FormatWord,
}

impl Destination for Console {
    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }

    fn sink(&self, _: &Folder<'_>) -> Result<Arc<dyn Sink>, String> {
        Ok(Arc::new(statused::sinks::console::Console::stdout().format(self.format.into())))
    }
}

/// A file, relative to the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    path: String,
    #[serde(default)]
    format: FormatWord,
}

impl Destination for File {
    fn secrets(&self) -> Vec<&Secret> {
        Vec::new()
    }

    fn sink(&self, at: &Folder<'_>) -> Result<Arc<dyn Sink>, String> {
        let file = statused::sinks::file::EventFile::new(at.0.join(&self.path));
        Ok(Arc::new(file.format(self.format.into())))
    }
}
