-- From this run on it does not stand like that any more.
UPDATE chain_spans SET until_run = ?4 WHERE scope = ?1 AND chain = ?2 AND first_run = ?3;
