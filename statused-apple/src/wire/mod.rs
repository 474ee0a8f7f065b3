//! The documents of the API, read leniently: a resource or attribute that is not as expected is missing, not fatal.

mod document;
mod resource;

pub(crate) use document::{List, Single};
pub(crate) use resource::{Included, Linked, Resource};
