-- In a file of audits that a server did not take: which are still to be sent, and where to.
CREATE TABLE IF NOT EXISTS unsent (run INTEGER PRIMARY KEY REFERENCES runs (id), place TEXT NOT NULL);
