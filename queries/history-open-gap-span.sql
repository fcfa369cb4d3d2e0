-- From this run on something could not be read.
INSERT INTO gap_spans (scope, what, why, first_run) VALUES (?1, ?2, ?3, ?4);
