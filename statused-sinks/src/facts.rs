//! What there is to show of an event, before each place shows it in its own way.

use statused_core::model::{Event, EventData, EventKind, Tone};

use crate::text::web_address;

/// What there is to show of an event. The texts are those of strangers: each place escapes and shortens them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    event: &'a Event,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        Self { event }
    }

    fn data(&self) -> &'a EventData {
        &self.event.data
    }

    /// The change in a sentence; never blank.
    pub(crate) fn sentence(&self) -> &'a str {
        let data = self.data();
        let text = [&data.message, &data.status, &data.store_name].into_iter().find(|text| !is_blank(text));
        text.map_or("Statused", String::as_str)
    }

    /// The change in a word: the status, but for a welcome or a test, which say what they are. May be blank.
    pub(crate) fn title(&self) -> &'a str {
        match self.event.kind {
            EventKind::Welcome => "Welcome",
            EventKind::Test => "Test notification",
            _ => &self.data().status,
        }
    }

    /// What else is known, each with its label. Nothing is blank.
    pub(crate) fn rows(&self) -> Vec<(&'static str, &'a str)> {
        let data = self.data();
        // Elsewhere the status is the title.
        let status = matches!(self.event.kind, EventKind::Welcome | EventKind::Test).then_some(data.status.as_str());
        [
            ("App", data.app_name.as_deref()),
            ("Version", data.version.as_deref()),
            ("Build", data.build_number.as_deref()),
            ("Platform", data.platform.as_deref().map(platform_name)),
            ("Track", data.track.as_deref()),
            ("Rollout", data.user_distribution.as_deref()),
            ("Status", status),
            ("Evidence", data.evidence.map(|_| "declared by the developer, not confirmed by the store")),
            ("Until", data.deadline.as_deref()),
            ("Before", data.previous_status.as_deref()),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some((label, value.filter(|value| !is_blank(value))?)))
        .collect()
    }

    /// Why, in the store's words.
    pub(crate) fn reason(&self) -> Option<&'a str> {
        self.data().reason.as_deref().filter(|reason| !is_blank(reason))
    }

    /// The store's public name, if it has one.
    pub(crate) fn store(&self) -> Option<&'a str> {
        Some(self.data().store_name.as_str()).filter(|name| !is_blank(name))
    }

    /// The address of the app's icon, if it is one of the web and no longer than `longest`.
    pub(crate) fn icon(&self, longest: usize) -> Option<String> {
        web_address(self.data().app_icon_url.as_deref()?, longest)
    }

    /// What the icon shows; never blank.
    pub(crate) fn icon_name(&self) -> &'a str {
        self.data().app_name.as_deref().filter(|name| !is_blank(name)).unwrap_or("App icon")
    }

    /// Where the store's console shows it, if that is an address of the web and no longer than `longest`.
    pub(crate) fn console(&self, longest: usize) -> Option<String> {
        web_address(self.data().internal_store_url.as_deref()?, longest)
    }

    /// What a link to the store's console is called.
    pub(crate) fn console_label(&self) -> String {
        self.store().map_or_else(|| "Open the store's console".to_owned(), |store| format!("Open {}", store.trim()))
    }

    /// The colour of the status as `#rrggbb`.
    pub(crate) fn color(&self) -> Option<&'a str> {
        Some(self.data().status_color.as_str()).filter(|text| color_number(text).is_some())
    }

    /// The colour of the status as a number.
    pub(crate) fn color_number(&self) -> Option<u32> {
        color_number(&self.data().status_color)
    }

    /// How the status is meant, for places that have names for colours.
    pub(crate) fn tone(&self) -> Tone {
        match &self.data().status_code {
            Some(status) => status.tone(),
            None => [Tone::Good, Tone::Approved, Tone::Warning, Tone::Action, Tone::Bad]
                .into_iter()
                .find(|tone| tone.color().eq_ignore_ascii_case(&self.data().status_color))
                .unwrap_or(Tone::Neutral),
        }
    }
}

/// As people write the store's code.
fn platform_name(code: &str) -> &str {
    match code {
        "IOS" => "iOS",
        "MAC_OS" => "macOS",
        "TV_OS" => "tvOS",
        "VISION_OS" => "visionOS",
        other => other,
    }
}

fn color_number(text: &str) -> Option<u32> {
    let hex =
        text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(hex, 16).ok()
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
