//! Proof and meaning of mail, by mail that is signed at run time.

mod support;

mod attached;
mod attacks;
mod confirmation;
mod corpus;
mod dns;
mod forwarded;
mod hostile;
mod oracle;
mod policy;
mod proof;
mod reading;
mod sealed;
mod secrets;
mod words;
