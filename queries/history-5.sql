-- Version 5 of the history: audits can be pruned. Of those, a row stays where a finding that is still
-- kept was first or last seen; it is not listed, and nothing is compared with it.

ALTER TABLE runs ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 5;
