-- The verdicts of a scope's last run: the open spans, as they lie in the file.
SELECT source, target, first_run, verdict FROM pair_spans WHERE scope = ?1 AND until_run IS NULL;
