//! TOML with the place of everything, so that an error can name its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::{ConfigError, Text};

/// A parsed file, taken apart table by table.
pub(super) struct Document<'t> {
    path: &'t Path,
    text: &'t str,
    root: Spanned<DeTable<'t>>,
}

/// A table that has not been read yet.
pub(super) type Table<'t> = Spanned<DeValue<'t>>;

impl<'t> Document<'t> {
    pub(super) fn parse(path: &'t Path, text: &'t str) -> Result<Self, ConfigError> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { path, text, root }),
            Err(error) => Err(place(path, text, error.span(), error.message().to_owned())),
        }
    }

    /// Takes the tables of `[[name]]`.
    pub(super) fn take_all(&mut self, name: &str) -> Result<Vec<Table<'t>>, ConfigError> {
        let Some(value) = self.root.get_mut().remove(name) else { return Ok(Vec::new()) };
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(tables) => Ok(tables.into_iter().collect()),
            _ => Err(self.error_at(span, format!("write [[{name}]]: there may be several"))),
        }
    }

    /// Reads what has not been taken.
    pub(super) fn rest<T: DeserializeOwned>(&mut self) -> Result<T, ConfigError> {
        let span = self.root.span();
        let root = std::mem::take(self.root.get_mut());
        self.read(Spanned::new(span, DeValue::Table(root)))
    }

    /// Splits `id` and `type` off a table.
    pub(super) fn typed(&self, table: Table<'t>, what: &str) -> Result<(Text, Text, Table<'t>), ConfigError> {
        let (id, mut table) = self.named(table, what)?;
        let kind = self.take_text(&mut table, "type", what)?;
        Ok((id, kind, table))
    }

    /// Splits `id` off a table.
    pub(super) fn named(&self, mut table: Table<'t>, what: &str) -> Result<(Text, Table<'t>), ConfigError> {
        let id = self.take_text(&mut table, "id", what)?;
        if id.as_ref().is_empty() {
            return Err(self.error_at(id.span(), format!("the id of a {what} must not be empty")));
        }
        Ok((id, table))
    }

    fn take_text(&self, table: &mut Table<'t>, key: &str, what: &str) -> Result<Text, ConfigError> {
        let span = table.span();
        let DeValue::Table(entries) = table.get_mut() else {
            return Err(self.error_at(span, format!("a {what} is a table")));
        };
        let Some(value) = entries.remove(key) else {
            return Err(self.error_at(span, format!("this {what} has no `{key}`")));
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::String(text) => Ok(Spanned::new(span, text.into_owned())),
            _ => Err(self.error_at(span, format!("`{key}` is a text"))),
        }
    }

    /// Reads a table.
    pub(super) fn read<T: DeserializeOwned>(&self, table: Table<'t>) -> Result<T, ConfigError> {
        let span = table.span();
        T::deserialize(ValueDeserializer::from(table))
            .map_err(|error| self.error_at(error.span().unwrap_or(span), without_value(error.message())))
    }

    /// Adds a table under its id, which must be new.
    pub(super) fn insert<T>(
        &self,
        tables: &mut BTreeMap<String, T>,
        id: &Text,
        table: T,
        what: &str,
    ) -> Result<(), ConfigError> {
        if tables.insert(id.as_ref().clone(), table).is_some() {
            return Err(self.error_at(id.span(), format!("there is another {what} with the id {:?}", id.as_ref())));
        }
        Ok(())
    }

    pub(super) fn unknown_type(&self, kind: &Text, what: &str, found: &str, known: &[&str]) -> ConfigError {
        self.error_at(kind.span(), format!("{found:?} is no type of {what}; there are: {}", known.join(", ")))
    }

    pub(super) fn error_at(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        place(self.path, self.text, Some(span), message.into())
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ConfigError {
        place(self.path, self.text, None, message.into())
    }
}

/// What is wrong with a value, without the value: a secret may stand in the wrong place.
fn without_value(message: &str) -> String {
    let shown = message.split_once(": string \"").and_then(|(what, rest)| Some((what, rest.rsplit_once("\", ")?.1)));
    match shown {
        Some((what, expected)) => format!("{what}: a text, {expected}"),
        None => message.to_owned(),
    }
}

fn place(path: &Path, text: &str, span: Option<Range<usize>>, message: String) -> ConfigError {
    let line = span.map(|span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
    ConfigError { place: Some((path.to_owned(), line)), message }
}
