-- From this run on a pair has this verdict.
INSERT INTO pair_spans (scope, source, target, first_run, verdict) VALUES (?1, ?2, ?3, ?4, ?5);
