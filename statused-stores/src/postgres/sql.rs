//! Every statement that a running store uses, in one place: a connection prepares them all when it is opened, and a
//! test looks at the plan of each.

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $text;)*

        /// All of them, by name.
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

/// A look-up of deliveries with the bodies of their events: the newest before `$1`, at most `$2`.
macro_rules! deliveries {
    ($which:literal) => {
        deliveries!($which, "d.id DESC")
    };
    ($which:literal, $order:literal) => {
        concat!(
            "SELECT d.id, d.sink, d.workflow, d.message, d.state, d.attempts, d.due_at, d.created_at, d.settled_at, ",
            "d.tries, e.body FROM deliveries d JOIN events e ON e.id = d.event WHERE ",
            $which,
            " ORDER BY ",
            $order,
            " LIMIT $2"
        )
    };
}

/// How far the server's clock is ahead of the machine's, which says `$n` when it asks; nothing if that is less than a
/// second, which may be the way from there to here.
macro_rules! clock {
    ($machine:literal) => {
        concat!(
            "clock AS MATERIALIZED (
                SELECT CASE WHEN abs(ahead) < 1000000000 THEN 0 ELSE ahead END AS ahead
                FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint - ",
            $machine,
            "::bigint AS ahead) measured
            )"
        )
    };
}

statements! {
    AGGREGATES = "SELECT key, version, state FROM aggregates WHERE key = ANY($1::text[])";
    AGGREGATES_AFTER = "SELECT key, version, state FROM aggregates WHERE key > $1 ORDER BY key LIMIT $2";
    CHECKPOINT = "SELECT body FROM checkpoints WHERE source = $1";
    SINKS = "SELECT sink, body FROM sinks";

    // A commit: what it reads, then what it writes.
    LOCK_AGGREGATES = "SELECT key, version FROM aggregates WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE";
    LOCK_CHECKPOINTS = "SELECT source, body FROM checkpoints WHERE source = ANY($1::text[]) ORDER BY source FOR UPDATE";
    LISTED = "SELECT e.uuid FROM unnest($1::uuid[]) AS asked (uuid) JOIN events e ON e.uuid = asked.uuid AND e.listed";
    QUEUED = "SELECT d.uuid, d.sink FROM unnest($1::uuid[], $2::text[]) AS asked (uuid, sink)
        JOIN deliveries d ON d.uuid = asked.uuid AND d.sink = asked.sink";
    EVENT_NUMBERS = "SELECT nextval('event_numbers') FROM generate_series(1, $1::bigint)";
    PUT_AGGREGATES = "UPDATE aggregates a SET version = new.version, state = new.state
        FROM unnest($1::text[], $2::bigint[], $3::text[]) AS new (key, version, state) WHERE a.key = new.key";
    ADD_AGGREGATES = "INSERT INTO aggregates (key, version, state)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS new (key, version, state) ORDER BY key";
    ADD_EVENTS = "INSERT INTO events (id, uuid, listed, app, time, body)
        SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::boolean[], $4::text[], $5::bigint[], $6::text[])
            AS new (id, uuid, listed, app, time, body) ORDER BY uuid";
    ADD_LANES = "INSERT INTO lanes (sink, aggregate)
        SELECT sink, aggregate FROM unnest($1::text[], $2::text[]) AS new (sink, aggregate)
        WHERE NOT EXISTS (SELECT FROM lanes l WHERE l.sink = new.sink AND l.aggregate = new.aggregate)
        ORDER BY sink, aggregate ON CONFLICT (sink, aggregate) DO NOTHING";
    /// In an order, so that two never wait for one another. That of an expression: the server would walk through the index
    /// on the ids to have them in order.
    LOCK_LANES = "SELECT l.id FROM unnest($1::text[], $2::text[]) AS asked (sink, aggregate)
        JOIN lanes l ON l.sink = asked.sink AND l.aggregate = asked.aggregate ORDER BY l.id + 0 FOR UPDATE OF l";
    ADD_DELIVERIES = "INSERT INTO deliveries (lane, sink, event, uuid, workflow, message, state, attempts, due_at, created_at)
        SELECT l.id, new.sink, new.event, new.uuid, new.workflow, new.message, 'pending', 0, new.at, new.at
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::bigint[])
            WITH ORDINALITY AS new (sink, aggregate, event, uuid, workflow, message, at, place)
        JOIN lanes l ON l.sink = new.sink AND l.aggregate = new.aggregate ORDER BY new.place";
    /// Lanes that were empty get a head; what comes behind a head changes nothing.
    FILL_LANES = "UPDATE lanes l SET (head, due_at, attempts) = (SELECT d.id, d.due_at, d.attempts FROM deliveries d
            WHERE d.lane = l.id AND d.state = 'pending' ORDER BY d.id LIMIT 1)
        FROM unnest($1::text[], $2::text[]) AS filled (sink, aggregate)
        WHERE l.sink = filled.sink AND l.aggregate = filled.aggregate AND l.head IS NULL";
    /// An update by another name: plain ones may walk through the whole table.
    PUT_CHECKPOINTS = "INSERT INTO checkpoints (source, body)
        SELECT * FROM unnest($1::text[], $2::text[]) AS new (source, body) ORDER BY source
        ON CONFLICT (source) DO UPDATE SET body = excluded.body";
    /// If another machine adds the same, one of the two begins again.
    ADD_CHECKPOINTS = "INSERT INTO checkpoints (source, body)
        SELECT * FROM unnest($1::text[], $2::text[]) AS new (source, body) ORDER BY source";

    /// The heads of lanes that are due, and when the next one can be had. Lanes that somebody else is just changing are
    /// passed over. Nobody knows when that is done, so they are looked for again a tenth of a second later: who holds one
    /// may do so for seconds (a machine that stands still in the middle of it), and to ask all the time would not end that.
    CLAIM = concat!("WITH ", clock!("$5"), ",
        free AS MATERIALIZED (
            SELECT l.head, l.attempts FROM lanes l
            WHERE l.sink = $1 AND l.due_at <= $2
                AND (l.lease_until IS NULL OR l.lease_until <= $3 + (SELECT ahead FROM clock))
            ORDER BY l.due_at, l.head LIMIT $4 FOR UPDATE SKIP LOCKED
        ),
        given AS MATERIALIZED (
            SELECT d.id, d.lane, free.attempts, d.due_at, d.created_at, d.workflow, d.message, d.event
            FROM free JOIN deliveries d ON d.id = free.head
        ),
        noted AS (
            INSERT INTO claims (delivery, token) SELECT id, $7 FROM given
            ON CONFLICT (delivery) DO UPDATE SET token = excluded.token
        ),
        taken AS (
            UPDATE lanes l SET claimed = given.id, lease_until = $6 + (SELECT ahead FROM clock)
            FROM given WHERE l.id = given.lane
        ),
        idle AS MATERIALIZED (
            SELECT l.due_at FROM lanes l
            WHERE l.sink = $1 AND l.due_at IS NOT NULL AND l.id NOT IN (SELECT lane FROM given)
                AND (l.lease_until IS NULL OR l.lease_until <= $3 + (SELECT ahead FROM clock))
            ORDER BY l.due_at, l.head LIMIT 1
        ),
        busy AS MATERIALIZED (
            SELECT min(greatest(l.due_at, l.lease_until - (SELECT ahead FROM clock))) AS due_at FROM lanes l
            WHERE l.sink = $1 AND l.due_at <= coalesce((SELECT due_at FROM idle), 9223372036854775807)
                AND l.lease_until > $3 + (SELECT ahead FROM clock)
        )
        SELECT least(
                (SELECT CASE WHEN due_at <= $2 AND (SELECT count(*) FROM given) < $4
                    THEN greatest(due_at, $3 + 100000000) ELSE due_at END FROM idle),
                (SELECT due_at FROM busy)
            ), g.id, g.attempts, g.created_at, g.workflow,
            g.message, e.body
        FROM (VALUES (1)) AS always LEFT JOIN (given g JOIN events e ON e.id = g.event) ON true
        ORDER BY g.due_at, g.id");

    // A settlement or a redelivery: the lanes are locked, the deliveries changed, and the lanes brought up to date by a
    // statement that sees what was committed before the lock was had.
    LOCK_LANES_OF = "SELECT l.id FROM lanes l
        WHERE l.id IN (SELECT d.lane FROM unnest($1::bigint[]) AS asked (id) JOIN deliveries d ON d.id = asked.id)
        ORDER BY l.id + 0 FOR UPDATE";
    /// Each claim is looked up by itself (the OFFSET sees to that): the table is small and empties all the time, so that
    /// the server would rather walk through what is left of its index.
    SETTLE = "WITH settled AS MATERIALIZED (
            SELECT done.*, claim.place_of FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[],
                    $6::bigint[], $7::text[], $8::text[], $9::text[]) WITH ORDINALITY
                AS done (id, token, state, due_at, counted, settled_at, try, sink, sink_state, place)
            CROSS JOIN LATERAL (SELECT c.ctid AS place_of FROM claims c
                WHERE c.delivery = done.id AND c.token = done.token OFFSET 0) AS claim
        ),
        ended AS (DELETE FROM claims WHERE ctid = ANY (ARRAY(SELECT place_of FROM settled))),
        changed AS (
            UPDATE deliveries d SET state = s.state, due_at = s.due_at, attempts = d.attempts + s.counted,
                settled_at = s.settled_at, tries = d.tries || s.try
            FROM settled s WHERE d.id = s.id
        )
        INSERT INTO sinks (sink, body)
        SELECT DISTINCT ON (sink) sink, sink_state FROM settled WHERE sink IS NOT NULL ORDER BY sink, place DESC
        ON CONFLICT (sink) DO UPDATE SET body = excluded.body";
    REFRESH_LANES = "UPDATE lanes l SET
            (head, due_at, attempts) = (SELECT d.id, d.due_at, d.attempts FROM deliveries d
                WHERE d.lane = l.id AND d.state = 'pending' ORDER BY d.id LIMIT 1),
            lease_until = CASE WHEN (SELECT c.token FROM claims c WHERE c.delivery = l.claimed) IS NOT NULL
                THEN l.lease_until END
        WHERE l.id IN (SELECT d.lane FROM unnest($1::bigint[]) AS asked (id) JOIN deliveries d ON d.id = asked.id)";
    REDELIVER = "UPDATE deliveries SET state = 'pending', due_at = $2, settled_at = NULL,
            attempts = CASE state WHEN 'pending' THEN attempts ELSE 0 END
        WHERE id = $1 RETURNING sink";
    FREE_SINK = "DELETE FROM sinks WHERE sink = $1";

    LEASE = concat!("WITH ", clock!("$5"), "
        INSERT INTO leases (name, holder, until) SELECT $1, $2, $4 + ahead FROM clock
        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE leases.holder = excluded.holder OR leases.until <= $3 + (SELECT ahead FROM clock)");

    /// The newest before the time `$1`, and at that time before the event `$2`.
    HISTORY = "SELECT time, id, body FROM events WHERE listed AND (time, id) < ($1, $2)
        ORDER BY time DESC, id DESC LIMIT $3";
    // Where `x = $1 AND id < $2` is meant, it says `(x, id) < ($1, $2) AND x >= $1` and puts in the order of both: then
    // the index on both is the only one that fits, and the server cannot walk through all rows by their id instead.
    HISTORY_OF_APP = "SELECT time, id, body FROM events WHERE listed AND (app, time, id) < ($4, $1, $2) AND app >= $4
        ORDER BY app DESC, time DESC, id DESC LIMIT $3";

    DELIVERY = deliveries!("d.id < $1 AND d.id = $3 AND ($4::text IS NULL OR d.sink = $4)
        AND ($5::text IS NULL OR d.state = $5)");
    DELIVERIES = deliveries!("d.id < $1");
    DELIVERIES_OF_SINK = deliveries!("(d.sink, d.id) < ($3, $1) AND d.sink >= $3", "d.sink DESC, d.id DESC");
    /// Of the states that are the exception: pending, dead, unknown. The last condition admits their index.
    DELIVERIES_OPEN = deliveries!("(d.state, d.id) < ($3, $1) AND d.state >= $3 AND d.state <> 'delivered'",
        "d.state DESC, d.id DESC");
    DELIVERIES_OPEN_OF_SINK = deliveries!("(d.state, d.id) < ($3, $1) AND d.state >= $3 AND d.state <> 'delivered'
        AND d.sink = $4", "d.state DESC, d.id DESC");
    DELIVERED = deliveries!("d.id < $1 AND d.state = 'delivered'");
    DELIVERED_TO_SINK = deliveries!("(d.sink, d.id) < ($3, $1) AND d.sink >= $3 AND d.state = 'delivered'",
        "d.sink DESC, d.id DESC");

    /// One at a time prunes: of two, one that forgets an event and one that removes its last delivery, each would leave
    /// the body to the other.
    PRUNE_ALONE = "SELECT FROM (SELECT pg_advisory_xact_lock(1398035268, hashtext(current_schema))) AS waited";
    PRUNE_DELIVERIES = "DELETE FROM deliveries d USING (
            SELECT id FROM deliveries WHERE settled_at < $1 ORDER BY settled_at, id LIMIT $2 FOR UPDATE
        ) AS old WHERE d.id = old.id RETURNING d.event";
    PRUNE_HISTORY = "UPDATE events e SET listed = false FROM (
            SELECT id FROM events WHERE listed AND time < $1 ORDER BY time, id LIMIT $2 FOR UPDATE
        ) AS old WHERE e.id = old.id RETURNING e.id";
    /// Removes bodies that neither the history nor a delivery needs.
    PRUNE_BODIES = "DELETE FROM events e WHERE e.id = ANY($1::bigint[]) AND NOT e.listed
        AND NOT EXISTS (SELECT FROM deliveries d WHERE d.uuid = e.uuid AND d.event = e.id)";
}
