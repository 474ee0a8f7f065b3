//! `GET /metrics` in the text format of Prometheus.

use chrono::{DateTime, Utc};
use statused::engine::{SinkHealth, SourceHealth};
use statused::google::ReviewStates;
use statused::mail::intake::IntakeHealth;
use statused::mail::intake::imap::ImapHealth;

use crate::health::Report;

/// Renders how everything is as metrics.
pub(crate) fn render(report: &Report) -> String {
    let health = &report.monitor;
    let mut page = Page(String::new());
    page.family("statused_up", "gauge", "1 while nothing fails or is parked.");
    page.sample("statused_up", &[], u64::from(health.is_well()));
    page.family("statused_events_total", "counter", "Changes announced since the start.");
    page.sample("statused_events_total", &[], health.announced);
    page.families(&SOURCE, "source", &health.sources.iter().map(|(id, source)| (id.as_str(), source)));
    page.families(&REVIEWS, "source", &report.review_states.iter().map(|(id, states)| (id.as_str(), states)));
    page.families(&MAIL, "source", &report.mail.iter().map(|(id, mail)| (id.as_str(), &mail.intake)));
    let mailboxes = report.mail.iter().filter_map(|(id, mail)| Some((id.as_str(), mail.intake.imap.as_ref()?)));
    page.families(&MAILBOX, "source", &mailboxes);
    page.families(&SINK, "sink", &health.sinks.iter().map(|(id, sink)| (id.as_str(), sink)));
    page.0
}

type Family<T> = (&'static str, &'static str, &'static str, fn(&T) -> u64);

const SOURCE: [Family<SourceHealth>; 12] = [
    ("statused_polls_total", "counter", "Polls since the start.", |s| s.polls),
    ("statused_polls_failed_total", "counter", "Polls that failed.", |s| s.failed_polls),
    ("statused_requests_total", "counter", "Requests to the store's API.", |s| s.requests),
    ("statused_source_failing", "gauge", "1 while the source fails.", |s| u64::from(s.error.is_some())),
    ("statused_source_troubles", "gauge", "Parts that the last poll could not read.", |s| s.troubles.len() as u64),
    ("statused_last_success_seconds", "gauge", "When the source was last seen, in Unix seconds.", |s| {
        seconds(s.last_success)
    }),
    ("statused_api_latency_milliseconds", "gauge", "What the recent requests took.", |s| {
        s.vitals.api.map_or(0, |api| api.latency_ms as u64)
    }),
    ("statused_api_errors_percent", "gauge", "Share of the recent requests that failed.", |s| {
        s.vitals.api.map_or(0, |api| (api.error_rate * 100.0) as u64)
    }),
    ("statused_pushes_total", "counter", "Pushes that were proved and taken in.", |s| {
        s.vitals.push.map_or(0, |push| push.received)
    }),
    ("statused_pushes_refused_total", "counter", "Pushes that were refused.", |s| {
        s.vitals.push.map_or(0, |push| push.refused)
    }),
    ("statused_last_push_seconds", "gauge", "When a push or a ping last came, in Unix seconds.", |s| {
        seconds(s.vitals.push.and_then(|push| push.last_push.max(push.last_ping)))
    }),
    ("statused_pushes_trusted", "gauge", "1 while polls are slowed down because the pushes are relied on.", |s| {
        s.vitals.push.map_or(0, |push| u64::from(push.trusted))
    }),
];

const REVIEWS: [Family<ReviewStates>; 3] = [
    ("statused_review_states_held_apps", "gauge", "Apps whose review states are stale for want of quota.", |r| {
        r.held.len() as u64
    }),
    (
        "statused_review_states_held_until_seconds",
        "gauge",
        "When the last of them is read again, in Unix seconds.",
        |r| seconds(r.held.values().max().copied()),
    ),
    ("statused_review_states_unavailable_apps", "gauge", "Apps whose review states cannot be had.", |r| {
        r.unavailable.len() as u64
    }),
];

const MAIL: [Family<IntakeHealth>; 10] = [
    ("statused_mails_total", "counter", "Mails that came, by whatever way.", |m| m.received),
    ("statused_mails_taken_total", "counter", "Mails whose news was taken.", |m| m.taken),
    ("statused_mails_asked_total", "counter", "Gmail's questions whether it may forward.", |m| m.asked),
    ("statused_mails_repeated_total", "counter", "Mails that had been taken before.", |m| m.repeated),
    ("statused_mails_ignored_total", "counter", "Mails that say nothing of interest.", |m| m.ignored),
    ("statused_mails_kept_aside_total", "counter", "Mails that were kept aside.", |m| m.quarantined),
    ("statused_mails_refused_total", "counter", "Mails that were not looked at.", |m| m.refused),
    ("statused_mails_failed_total", "counter", "Mails that could be neither taken nor kept.", |m| m.failed),
    ("statused_mails_evicted_total", "counter", "Mails thrown away for want of room.", |m| m.evicted),
    ("statused_last_mail_seconds", "gauge", "When a mail last came, in Unix seconds.", |m| seconds(m.last_mail)),
];

const MAILBOX: [Family<ImapHealth>; 2] = [
    ("statused_mailbox_connected", "gauge", "1 while the mailbox is watched.", |m| u64::from(m.connected)),
    ("statused_mailbox_logins_total", "counter", "Logins to the mailbox.", |m| m.logins),
];

const SINK: [Family<SinkHealth>; 5] = [
    ("statused_deliveries_total", "counter", "Tries that succeeded.", |s| s.delivered),
    ("statused_deliveries_failed_total", "counter", "Tries that failed.", |s| s.failed),
    ("statused_deliveries_dead_total", "counter", "Deliveries that failed for good.", |s| s.dead),
    ("statused_deliveries_in_flight", "gauge", "Deliveries on their way.", |s| s.in_flight as u64),
    ("statused_sink_parked", "gauge", "1 while the sink is parked.", |s| u64::from(s.parked.is_some())),
];

fn seconds(at: Option<DateTime<Utc>>) -> u64 {
    at.map_or(0, |at| u64::try_from(at.timestamp()).unwrap_or(0))
}

struct Page(String);

impl Page {
    /// Families of which each thing has one value.
    fn families<'a, T: 'a>(
        &mut self,
        families: &[Family<T>],
        label: &str,
        things: &(impl Iterator<Item = (&'a str, &'a T)> + Clone),
    ) {
        for (name, kind, help, value) in families {
            self.family(name, kind, help);
            for (id, thing) in things.clone() {
                self.sample(name, &[(label, id)], value(thing));
            }
        }
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: u64) {
        let labels: Vec<_> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escape(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.0.push_str(&format!("{name}{labels} {value}\n"));
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
