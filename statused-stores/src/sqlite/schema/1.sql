-- Times are nanoseconds since 1970 in UTC.

CREATE TABLE aggregates (
    key     TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    state   TEXT NOT NULL
);

CREATE TABLE checkpoints (
    source TEXT NOT NULL UNIQUE,
    body   TEXT NOT NULL
);

-- The bodies of events. A listed one belongs to the history. One that is not is only there for the deliveries that
-- refer to it, and goes with the last of them.
CREATE TABLE events (
    id     INTEGER PRIMARY KEY,
    uuid   BLOB NOT NULL,
    listed INTEGER NOT NULL,
    app    TEXT,
    time   INTEGER NOT NULL,
    body   TEXT NOT NULL
);
CREATE UNIQUE INDEX events_listed ON events (uuid) WHERE listed = 1;
CREATE INDEX events_by_time ON events (time) WHERE listed = 1;
CREATE INDEX events_by_app ON events (app, time) WHERE listed = 1;

-- The deliveries of one aggregate to one sink go one after the other. head is the earliest that is pending, due_at its
-- due time; both are NULL when there is none.
CREATE TABLE lanes (
    id        INTEGER PRIMARY KEY,
    sink      TEXT NOT NULL,
    aggregate TEXT NOT NULL,
    head      INTEGER,
    due_at    INTEGER,
    UNIQUE (sink, aggregate)
);
CREATE INDEX lanes_due ON lanes (sink, due_at, head) WHERE due_at IS NOT NULL;

-- message replaces the one in the event's body where the workflow found words of its own.
CREATE TABLE deliveries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    lane       INTEGER NOT NULL,
    sink       TEXT NOT NULL,
    event      INTEGER NOT NULL,
    uuid       BLOB NOT NULL,
    workflow   TEXT NOT NULL,
    message    TEXT,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (uuid, sink)
);
CREATE INDEX deliveries_in_lane ON deliveries (lane, id) WHERE state = 'pending';
CREATE INDEX deliveries_by_sink ON deliveries (sink, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id, sink) WHERE state <> 'delivered';
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;

CREATE TABLE attempts (
    delivery INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (delivery, number)
) WITHOUT ROWID;

-- What is kept of the sinks that are held or parked.
CREATE TABLE sinks (
    sink TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
