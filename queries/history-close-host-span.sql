-- From this run on a host is not audited any more.
UPDATE host_spans SET until_run = ?4 WHERE scope = ?1 AND host = ?2 AND first_run = ?3;
