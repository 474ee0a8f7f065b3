-- Times are nanoseconds since 1970 in UTC.

CREATE TABLE aggregates (
    key     text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    state   text NOT NULL
);

CREATE TABLE checkpoints (
    source text COLLATE "C" PRIMARY KEY,
    body   text NOT NULL
);

-- The bodies of events. A listed one belongs to the history. One that is not is only there for the deliveries that
-- refer to it, and goes with the last of them.
CREATE SEQUENCE event_numbers;
CREATE TABLE events (
    id     bigint PRIMARY KEY,
    uuid   uuid NOT NULL,
    listed boolean NOT NULL,
    app    text COLLATE "C",
    time   bigint NOT NULL,
    body   text NOT NULL
);
CREATE UNIQUE INDEX events_listed ON events (uuid) WHERE listed;
CREATE INDEX events_by_time ON events (time, id) WHERE listed;
CREATE INDEX events_by_app ON events (app, time, id) WHERE listed;

-- The deliveries of one aggregate to one sink go one after the other. head is the earliest that is pending, due_at its
-- due time and attempts its tries; head and due_at are NULL when there is none. claimed is the delivery that was claimed
-- last; its claim keeps the lane until lease_until, unless that is NULL. Whoever changes a delivery locks its lane first.
CREATE TABLE lanes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sink        text COLLATE "C" NOT NULL,
    aggregate   text COLLATE "C" NOT NULL,
    head        bigint,
    due_at      bigint,
    attempts    bigint,
    claimed     bigint,
    lease_until bigint,
    UNIQUE (sink, aggregate)
) WITH (fillfactor = 70);
CREATE INDEX lanes_due ON lanes (sink, due_at, head) WHERE due_at IS NOT NULL;

-- message, a JSON string, replaces the one in the event's body where the workflow found words of its own. tries are JSON,
-- the newest last.
CREATE TABLE deliveries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane       bigint NOT NULL,
    sink       text COLLATE "C" NOT NULL,
    event      bigint NOT NULL,
    uuid       uuid NOT NULL,
    workflow   text COLLATE "C" NOT NULL,
    message    text,
    state      text COLLATE "C" NOT NULL,
    attempts   bigint NOT NULL,
    due_at     bigint,
    created_at bigint NOT NULL,
    settled_at bigint,
    tries      text[] NOT NULL DEFAULT '{}',
    UNIQUE (uuid, sink)
);
CREATE INDEX deliveries_in_lane ON deliveries (lane, id) WHERE state = 'pending';
CREATE INDEX deliveries_by_sink ON deliveries (sink, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id) WHERE state <> 'delivered';
CREATE INDEX deliveries_settled ON deliveries (settled_at, id) WHERE settled_at IS NOT NULL;

-- The token of a delivery's last claim, until it is settled. Apart from the deliveries, which are wide and have indexes.
CREATE TABLE claims (
    delivery bigint PRIMARY KEY,
    token    bigint NOT NULL
);

-- What is kept of the sinks that are held or parked.
CREATE TABLE sinks (
    sink text COLLATE "C" PRIMARY KEY,
    body text NOT NULL
);

-- Who may do what for how long. Not worth a wait for the disk: a server that has crashed gives the leases anew.
CREATE UNLOGGED TABLE leases (
    name   text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    until  bigint NOT NULL
);
