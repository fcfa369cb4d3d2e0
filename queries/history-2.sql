-- Version 2 of the history: which hosts and pairs were judged and how, and what could not be read,
-- as spans like those of findings. Runs of version 1 keep what they have: nothing is said of their
-- pairs.

ALTER TABLE runs ADD COLUMN verdicts_kept INTEGER NOT NULL DEFAULT 0;

CREATE TABLE hosts (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES scopes (id),
    name TEXT NOT NULL,
    UNIQUE (scope, name)
);

CREATE TABLE host_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    host INTEGER NOT NULL REFERENCES hosts (id),
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    PRIMARY KEY (scope, host, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

CREATE TABLE pair_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    source INTEGER NOT NULL REFERENCES hosts (id),
    target INTEGER NOT NULL REFERENCES hosts (id),
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    verdict INTEGER NOT NULL CHECK (verdict BETWEEN 0 AND 3),
    PRIMARY KEY (scope, source, target, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

CREATE TABLE gap_spans (
    scope INTEGER NOT NULL REFERENCES scopes (id),
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    first_run INTEGER NOT NULL REFERENCES runs (id),
    until_run INTEGER REFERENCES runs (id),
    PRIMARY KEY (scope, what, why, first_run),
    CHECK (until_run > first_run)
) WITHOUT ROWID;

PRAGMA user_version = 2;
