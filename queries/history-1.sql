-- Version 1 of the history: which audits ran, and what they found.
--
-- A finding's row is its name; how it stood is a span: from first_run on, up to but without
-- until_run, open while until_run is NULL. An audit that finds nothing changed writes its own row
-- alone, and what any run found is: first_run <= RUN AND (until_run IS NULL OR until_run > RUN).
-- The numbers of severities, standings and endings are those of include/audit/finding.h, past.h
-- and absence.h.

CREATE TABLE scopes (
    id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    hosts TEXT NOT NULL,  -- of --host: folded and sorted, a line each
    config TEXT NOT NULL, -- absolute path
    UNIQUE (domain, hosts, config)
);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    previous INTEGER REFERENCES runs (id), -- of the same scope; NULL: it is the first
    started_us INTEGER NOT NULL,           -- since 1970, UTC
    duration_ms INTEGER NOT NULL,
    tool_version TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    source_uri TEXT NOT NULL,
    dc TEXT,
    principal TEXT,
    asked INTEGER NOT NULL, -- bits: Asked of past.h
    complete INTEGER NOT NULL,
    exit_status INTEGER NOT NULL,
    hosts INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    degraded INTEGER NOT NULL,
    undecided INTEGER NOT NULL,
    broken INTEGER NOT NULL,
    infos INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    criticals INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    waived INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    tickets_granted INTEGER NOT NULL,
    tickets_refused INTEGER NOT NULL,
    changes TEXT NOT NULL DEFAULT '' -- against previous: counts in the order of past.h
);

CREATE INDEX runs_by_scope ON runs (scope, id);

CREATE TABLE findings (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    name TEXT NOT NULL, -- the report's id, "DEL-01:HV01>HV02"
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    target TEXT,
    spn TEXT,
    ran_on TEXT,
    ran_towards TEXT,
    title TEXT NOT NULL,  -- as last seen
    detail TEXT NOT NULL,
    text_hash INTEGER NOT NULL, -- of both
    UNIQUE (scope, name)
);

CREATE TABLE finding_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    finding INTEGER NOT NULL REFERENCES findings (id),
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    standing INTEGER NOT NULL CHECK (standing BETWEEN 1 AND 4),
    severity INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 3),
    waived INTEGER NOT NULL CHECK (waived IN (0, 1)),
    ending INTEGER CHECK (ending BETWEEN 0 AND 2), -- NULL: open, or another span follows
    PRIMARY KEY (scope, finding, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

PRAGMA application_id = 1801675873; -- "kcda"
PRAGMA user_version = 1;
