//! The `monitor` example on Google Play and its mail, as a process: from a file, against a store that answers as Google's
//! does.

mod apps;
//CH
mod life;
mod mail;
//MB
//PO
//QU
mod quota;
mod requests;
mod site;
