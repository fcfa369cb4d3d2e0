-- From this run on it could be read, or was not wanted.
UPDATE gap_spans SET until_run = ?5 WHERE scope = ?1 AND what = ?2 AND why = ?3 AND first_run = ?4;
