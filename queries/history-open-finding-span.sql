-- From this run on a finding stands like this.
INSERT INTO finding_spans (scope, finding, first_run, standing, severity, waived)
VALUES (?1, ?2, ?3, ?4, ?5, ?6);
