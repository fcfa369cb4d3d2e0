-- From this run on a delegation does not stand like that any more.
UPDATE edge_spans SET until_run = ?4 WHERE scope = ?1 AND edge = ?2 AND first_run = ?3;
