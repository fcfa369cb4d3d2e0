-- From this run on a host is audited.
INSERT INTO host_spans (scope, host, first_run) VALUES (?1, ?2, ?3);
