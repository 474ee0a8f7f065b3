//! `GET /metrics` in the text format of Prometheus.

use statused::engine::Health;

/// Renders the monitor's health as metrics.
pub(crate) fn render(health: &Health) -> String {
    let mut page = Page(String::new());
    page.family("statused_up", "gauge", "1 while nothing fails or is parked.");
    page.sample("statused_up", &[], u64::from(health.is_well()));
    page.family("statused_events_total", "counter", "Changes announced since the start.");
    page.sample("statused_events_total", &[], health.announced);
    for (name, kind, help, value) in SOURCE {
        page.family(name, kind, help);
        for (id, source) in &health.sources {
            page.sample(name, &[("source", id.as_str())], value(source));
        }
    }
    for (name, kind, help, value) in SINK {
        page.family(name, kind, help);
        for (id, sink) in &health.sinks {
            page.sample(name, &[("sink", id.as_str())], value(sink));
        }
    }
    page.0
}

type Family<T> = (&'static str, &'static str, &'static str, fn(&T) -> u64);

const SOURCE: [Family<statused::engine::SourceHealth>; 11] = [
    ("statused_polls_total", "counter", "Polls since the start.", |s| s.polls),
    ("statused_polls_failed_total", "counter", "Polls that failed.", |s| s.failed_polls),
    ("statused_requests_total", "counter", "Requests to the store's API.", |s| s.requests),
    ("statused_source_failing", "gauge", "1 while the source fails.", |s| u64::from(s.error.is_some())),
    ("statused_last_success_seconds", "gauge", "When the source was last seen, in Unix seconds.", |s| {
        s.last_success.map_or(0, |at| u64::try_from(at.timestamp()).unwrap_or(0))
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
        let last = s.vitals.push.and_then(|push| push.last_push.max(push.last_ping));
        last.map_or(0, |at| u64::try_from(at.timestamp()).unwrap_or(0))
    }),
    ("statused_pushes_trusted", "gauge", "1 while polls are slowed down because the pushes are relied on.", |s| {
        s.vitals.push.map_or(0, |push| u64::from(push.trusted))
    }),
];

const SINK: [Family<statused::engine::SinkHealth>; 5] = [
    ("statused_deliveries_total", "counter", "Tries that succeeded.", |s| s.delivered),
    ("statused_deliveries_failed_total", "counter", "Tries that failed.", |s| s.failed),
    ("statused_deliveries_dead_total", "counter", "Deliveries that failed for good.", |s| s.dead),
    ("statused_deliveries_in_flight", "gauge", "Deliveries on their way.", |s| s.in_flight as u64),
    ("statused_sink_parked", "gauge", "1 while the sink is parked.", |s| u64::from(s.parked.is_some())),
];

struct Page(String);

impl Page {
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
