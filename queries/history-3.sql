-- Version 3 of the history: who delegates to whom, and who gets to Tier 0 by delegation alone, as
-- spans like those of pairs. A run that looked at hosts alone says nothing of them: it opens and
-- closes none. Runs of earlier versions did not look (reach is NULL). The numbers of ways, kinds of
-- principals, verdicts and reaches are those of include/model/edge.h, include/audit/delegation.h,
-- verdict.h and include/model/group.h.

ALTER TABLE runs ADD COLUMN reach INTEGER;
ALTER TABLE runs ADD COLUMN edges INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN chains INTEGER NOT NULL DEFAULT 0;
-- Against previous.
ALTER TABLE runs ADD COLUMN edges_came INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN edges_gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN chains_came INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN chains_gone INTEGER NOT NULL DEFAULT 0;

-- What ends a finding: the step of what to do first, as last seen.
ALTER TABLE findings ADD COLUMN cause TEXT;
ALTER TABLE findings ADD COLUMN cause_title TEXT;

CREATE TABLE edges (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    name TEXT NOT NULL, -- the report's id, "kcd:svc-web>SQL1"
    source TEXT NOT NULL,
    source_kind INTEGER NOT NULL,
    target TEXT, -- an account, or an SPN for which no single account answers; NULL: whoever
    target_kind INTEGER, -- NULL: no account
    way INTEGER NOT NULL, -- its place in leg_names
    away INTEGER NOT NULL, -- an end is of another domain than the audited one
    UNIQUE (scope, name)
);

CREATE TABLE edge_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    edge INTEGER NOT NULL REFERENCES edges (id),
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    seen INTEGER NOT NULL CHECK (seen IN (0, 1)), -- 0: not read; the rest is as last seen
    verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 3),
    tier0 INTEGER NOT NULL CHECK (tier0 IN (0, 1)),
    declared INTEGER CHECK (declared IN (0, 1)), -- NULL: the configuration declares nothing
    paired INTEGER NOT NULL CHECK (paired IN (0, 1)), -- a pair of hosts is judged by it
    PRIMARY KEY (scope, edge, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

-- The shortest way of an account to Tier 0.
CREATE TABLE chains (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    source TEXT NOT NULL,
    target TEXT NOT NULL,   -- where it ended when last seen
    steps INTEGER NOT NULL, -- the same
    path TEXT NOT NULL,     -- names of its first edges, a line each
    UNIQUE (scope, source)
);

CREATE TABLE chain_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    chain INTEGER NOT NULL REFERENCES chains (id),
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    seen INTEGER NOT NULL CHECK (seen IN (0, 1)),
    PRIMARY KEY (scope, chain, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

PRAGMA user_version = 3;
