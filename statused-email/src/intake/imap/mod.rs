//! A mailbox.
/// How it is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ImapHealth {}
