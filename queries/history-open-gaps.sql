-- What could not be read at a scope's last run.
SELECT what, why, first_run FROM gap_spans WHERE scope = ?1 AND until_run IS NULL;
