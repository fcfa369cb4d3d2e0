-- From this run on a delegation stands like this.
INSERT INTO edge_spans (scope, edge, first_run, seen, verdict, tier0, declared, paired)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
