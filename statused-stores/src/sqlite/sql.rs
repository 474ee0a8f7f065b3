//! Every statement that a running store uses, in one place, so that a test can look at the plan of each.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*

        /// All of them, by name.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

/// A lookup of deliveries with the bodies of their events.
macro_rules! deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.sink, d.workflow, d.message, d.state, d.attempts, d.due_at, d.created_at, d.settled_at, ",
            "e.body FROM deliveries d CROSS JOIN events e ON e.id = d.event ",
            $rest
        )
    };
}

statements! {
    AGGREGATE = "SELECT version, state FROM aggregates WHERE key = ?1";
    AGGREGATES = "SELECT key, version, state FROM aggregates WHERE key > ?1 ORDER BY key";
    AGGREGATE_VERSION = "SELECT version FROM aggregates WHERE key = ?1";
    PUT_AGGREGATE = "INSERT INTO aggregates (key, version, state) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET version = excluded.version, state = excluded.state";

    CHECKPOINT = "SELECT body FROM checkpoints WHERE source = ?1";
    PUT_CHECKPOINT = "INSERT INTO checkpoints (source, body) VALUES (?1, ?2)
        ON CONFLICT (source) DO UPDATE SET body = excluded.body";

    LIST_EVENT = "INSERT INTO events (uuid, listed, app, time, body) SELECT ?1, 1, ?2, ?3, ?4
        WHERE NOT EXISTS (SELECT 1 FROM events WHERE uuid = ?1 AND listed = 1)";
    ADD_BODY = "INSERT INTO events (uuid, listed, app, time, body) VALUES (?1, 0, ?2, ?3, ?4)";
    HISTORY = "SELECT body FROM events WHERE listed = 1 AND time <= ?1 ORDER BY time DESC, id DESC";
    HISTORY_OF_APP = "SELECT body FROM events WHERE listed = 1 AND app = ?2 AND time <= ?1
        ORDER BY time DESC, id DESC";

    LANE = "SELECT id, head FROM lanes WHERE sink = ?1 AND aggregate = ?2";
    ADD_LANE = "INSERT INTO lanes (sink, aggregate) VALUES (?1, ?2)";
    /// Puts the earliest pending delivery at the head.
    REFRESH_LANE = "UPDATE lanes SET (head, due_at) =
            (SELECT id, due_at FROM deliveries WHERE lane = ?1 AND state = 'pending' ORDER BY id LIMIT 1)
        WHERE id = ?1";
    DUE_LANES = "SELECT id, head, due_at FROM lanes WHERE sink = ?1 AND due_at IS NOT NULL ORDER BY due_at, head";

    DELIVERY_EXISTS = "SELECT 1 FROM events e CROSS JOIN deliveries d ON d.event = e.id AND d.sink = ?2
        WHERE e.uuid = ?1";
    ADD_DELIVERY = "INSERT INTO deliveries
            (lane, sink, event, workflow, message, state, attempts, due_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 'pending', 0, ?6, ?6)";
    TO_DELIVER = "SELECT d.attempts, d.created_at, d.workflow, d.message, e.body
        FROM deliveries d CROSS JOIN events e ON e.id = d.event WHERE d.id = ?1";
    SETTLE_AGAIN = "UPDATE deliveries SET due_at = ?2, attempts = attempts + ?3
        WHERE id = ?1 AND state = 'pending'";
    SETTLE_FINAL = "UPDATE deliveries SET state = ?2, due_at = NULL, attempts = attempts + 1, settled_at = ?3
        WHERE id = ?1 AND state = 'pending'";
    REDELIVER = "UPDATE deliveries SET state = 'pending', due_at = ?2, settled_at = NULL,
            attempts = CASE state WHEN 'pending' THEN attempts ELSE 0 END
        WHERE id = ?1 RETURNING lane, sink";

    ADD_ATTEMPT = "INSERT INTO attempts (delivery, number, body)
        VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE delivery = ?1), ?2)";
    ATTEMPTS = "SELECT body FROM attempts WHERE delivery = ?1 ORDER BY number";

    SINKS = "SELECT sink, body FROM sinks";
    PUT_SINK = "INSERT INTO sinks (sink, body) VALUES (?1, ?2) ON CONFLICT (sink) DO UPDATE SET body = excluded.body";
    FREE_SINK = "DELETE FROM sinks WHERE sink = ?1";

    DELIVERY = deliveries!("WHERE d.id = ?1 AND (?2 IS NULL OR d.sink = ?2) AND (?3 IS NULL OR d.state = ?3)");
    DELIVERIES = deliveries!("ORDER BY d.id DESC LIMIT ?1");
    DELIVERIES_OF_SINK = deliveries!("WHERE d.sink = ?2 ORDER BY d.id DESC LIMIT ?1");
    /// Of the states that are the exception: pending, dead, unknown. The second condition admits their index.
    DELIVERIES_OPEN = deliveries!("WHERE d.state = ?2 AND d.state <> 'delivered' ORDER BY d.id DESC LIMIT ?1");
    /// The plus keeps SQLite from walking through all that the sink ever got.
    DELIVERIES_OPEN_OF_SINK =
        deliveries!("WHERE d.state = ?2 AND d.state <> 'delivered' AND +d.sink = ?3 ORDER BY d.id DESC LIMIT ?1");
    DELIVERED = deliveries!("WHERE d.state = 'delivered' ORDER BY d.id DESC LIMIT ?1");
    DELIVERED_TO_SINK = deliveries!("WHERE d.sink = ?2 AND d.state = 'delivered' ORDER BY d.id DESC LIMIT ?1");

    OLD_DELIVERIES = "SELECT id, event FROM deliveries WHERE settled_at < ?1 ORDER BY settled_at LIMIT ?2";
    REMOVE_ATTEMPTS = "DELETE FROM attempts WHERE delivery = ?1";
    REMOVE_DELIVERY = "DELETE FROM deliveries WHERE id = ?1";
    OLD_EVENTS = "SELECT id FROM events WHERE listed = 1 AND time < ?1 ORDER BY time LIMIT ?2";
    UNLIST_EVENT = "UPDATE events SET listed = 0 WHERE id = ?1";
    /// Removes a body that neither the history nor a delivery needs.
    REMOVE_BODY = "DELETE FROM events WHERE id = ?1 AND listed = 0
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event = events.id)";
}
