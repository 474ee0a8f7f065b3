//! Google's mail, made at run time.
