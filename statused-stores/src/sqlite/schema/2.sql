-- The index by events' ids is the one that grows at random places, which costs a page for each event: whatever else
-- refers to an event has its number instead. An event can have several bodies, of which one is listed at most.
CREATE INDEX events_by_uuid ON events (uuid, listed);
DROP INDEX events_listed;

CREATE TABLE new_deliveries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    lane       INTEGER NOT NULL,
    sink       TEXT NOT NULL,
    event      INTEGER NOT NULL,
    workflow   TEXT NOT NULL,
    message    TEXT,
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    UNIQUE (event, sink)
);
INSERT INTO new_deliveries
    SELECT id, lane, sink, event, workflow, message, state, attempts, due_at, created_at, settled_at FROM deliveries;
-- No id is given twice, not even one of a delivery that is gone.
DELETE FROM sqlite_sequence WHERE name = 'new_deliveries';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_deliveries', seq FROM sqlite_sequence WHERE name = 'deliveries';
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_in_lane ON deliveries (lane, id) WHERE state = 'pending';
CREATE INDEX deliveries_by_sink ON deliveries (sink, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id, sink) WHERE state <> 'delivered';
CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL;
