-- What a run (?2) of a scope (?1) could not read.
SELECT what, why FROM gap_spans
WHERE scope = ?1 AND first_run <= ?2 AND (until_run IS NULL OR until_run > ?2);
