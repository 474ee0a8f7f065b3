//! What the tables of destinations have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use statused::Sink;
use statused::sink::RetryPolicy;
use statused::sinks::{Builder, Destination, FixedHost, StartsWork};

use super::super::Secret;

/// The wait before the first retry; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// A number of retries with doubling waits, or the name of a schedule.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "`retries` is a number, or \"standard-webhooks\" for ten tries over three days")]
pub(super) enum Retries {
    Count(u32),
    Named(Schedule),
}

/// The named schedules.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Schedule {
    StandardWebhooks,
}

/// The keys that every destination on the network takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Common {
    pub(super) allow_http: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) retries: Option<Retries>,
}

impl Common {
    pub(super) fn retry(self) -> Option<RetryPolicy> {
        Some(match self.retries? {
            Retries::Count(count) => RetryPolicy::exponential(count, FIRST_WAIT),
            Retries::Named(Schedule::StandardWebhooks) => RetryPolicy::standard_webhooks(),
        })
    }

    /// The sink of a destination over HTTP.
    pub(super) fn finish<D: Destination + 'static>(self, builder: Builder<D>) -> Result<Arc<dyn Sink>, String> {
        let builder = builder.allow_http(self.allow_http);
        let builder = given(builder, self.timeout, Builder::timeout);
        let builder = given(builder, self.retry(), Builder::retry);
        Ok(Arc::new(builder.build().map_err(|error| error.to_string())?))
    }
}

impl Common {
    /// The sink of a destination whose host is known, unless the file says otherwise.
    pub(super) fn finish_at<D: FixedHost + 'static>(
        self,
        builder: Builder<D>,
        base_url: Option<&str>,
    ) -> Result<Arc<dyn Sink>, String> {
        self.finish(given(builder, base_url, Builder::base_url))
    }

    /// As [`finish_at`](Self::finish_at), of a destination whose repeat starts work.
    pub(super) fn finish_work<D: FixedHost + StartsWork + 'static>(
        self,
        builder: Builder<D>,
        base_url: Option<&str>,
        repeat_ambiguous: bool,
    ) -> Result<Arc<dyn Sink>, String> {
        self.finish_at(builder.repeat_ambiguous(repeat_ambiguous), base_url)
    }
}

/// Sets what the file says and leaves what it does not.
pub(super) fn given<B, T>(builder: B, value: Option<T>, set: impl FnOnce(B, T) -> B) -> B {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

/// Sets each pair of a table.
pub(super) fn each<B>(builder: B, pairs: &BTreeMap<String, String>, set: impl Fn(B, String, String) -> B) -> B {
    pairs.iter().fold(builder, |builder, (name, value)| set(builder, name.clone(), value.clone()))
}

/// A text or a list of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(untagged, expecting = "this is a text, or a list of texts")]
pub(crate) enum OneOrMore<T = Secret> {
    #[default]
    None,
    One(T),
    More(Vec<T>),
}

impl<T> OneOrMore<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more.as_slice(),
        }
        .iter()
    }
}

/// A value of the file that may hold secrets.
pub(super) trait Holds {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>);
}

impl Holds for Secret {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        found.push(self);
    }
}

impl<T: Holds> Holds for Option<T> {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.iter().for_each(|inner| inner.find(found));
    }
}

impl<T: Holds> Holds for OneOrMore<T> {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.iter().for_each(|inner| inner.find(found));
    }
}

impl<T: Holds> Holds for Vec<T> {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.iter().for_each(|inner| inner.find(found));
    }
}

impl<T: Holds> Holds for BTreeMap<String, T> {
    fn find<'a>(&'a self, found: &mut Vec<&'a Secret>) {
        self.values().for_each(|inner| inner.find(found));
    }
}

macro_rules! holds_nothing {
    ($($kind:ty),*) => { $(impl Holds for $kind {
        fn find<'a>(&'a self, _: &mut Vec<&'a Secret>) {}
    })* };
}
holds_nothing!(String, bool, u16, i64);

/// A table: its own keys, those that all destinations on the network take, and the sink that it describes.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$key:meta])* $field:ident: $kind:ty,)* }
     |$table:ident, $at:ident, $common:ident| $sink:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$key])* $field: $kind,)*
            #[serde(default)]
            allow_http: bool,
            #[serde(default, deserialize_with = "crate::config::duration::positive")]
            timeout: Option<std::time::Duration>,
            retries: Option<super::common::Retries>,
        }

        impl super::Destination for $name {
            fn secrets(&self) -> Vec<&crate::config::Secret> {
                let mut found = Vec::new();
                $(super::common::Holds::find(&self.$field, &mut found);)*
                found
            }

            fn sink(&self, $at: &super::Folder<'_>) -> Result<std::sync::Arc<dyn statused::Sink>, String> {
                let $table = self;
                let $common = super::common::Common {
                    allow_http: self.allow_http,
                    timeout: self.timeout,
                    retries: self.retries,
                };
                $sink
            }
        }
    };
}
pub(super) use table;
