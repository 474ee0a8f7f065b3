//! Bugs of the hosted product whose place is in an adapter. Its own tests have to find them.

use super::Bug;

pub(crate) const BEYOND: [Bug; 5] = [
    Bug {
        name: "a build is paired with another version than its own",
        krate: "statused-apple",
        file: "src/source/builds.rs",
        right: "version: release.text(\"version\")?.to_owned(),",
        wrong: "version: build.text(\"version\")?.to_owned(),",
        origin: "changelog v4.9.3: a build's marketing version",
    },
    Bug {
        name: "a refusal by mail is not read",
        krate: "statused-email",
        file: "rules/en.toml",
        right: "line = \"App Status: Rejected\"",
        wrong: "line = \"App Status: Refused\"",
        origin: "changelog v4.13.1: mails of rejections",
    },
    Bug {
        name: "one mail holds up all that follow",
        krate: "statused-email",
        file: "src/intake/maildir.rs",
        right: "Err(error) => tracing::error!(source = %intake.source(), \"{name}: {error}\"),",
        wrong: "Err(error) => return Err(error),",
        origin: "changelog v4.9.4: a mail that blocks the others",
    },
    Bug {
        name: "a forwarding counts as confirmed while Gmail still asks",
        krate: "statused-email",
        file: "src/confirmation/ask.rs",
        right: "Some(_) => Err(ConfirmError::StillAsks),",
        wrong: "Some(_) => Ok(()),",
        origin: "changelog v4.8.3: never activated",
    },
    Bug {
        name: "Gmail asks in English alone",
        krate: "statused-email",
        file: "src/meaning/forwarding.rs",
        right: "if !content.confirmation {",
        wrong: "if !content.confirmation || !content.subject.contains(\"Confirmation\") {",
        origin: "changelog v4.4.1: other languages",
    },
];
