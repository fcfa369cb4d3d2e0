-- What only one of two runs of a scope could not read (?2 before, ?3 after).
SELECT p.what, p.why, max(p.first_run <= ?2), max(p.until_run IS NULL OR p.until_run > ?3)
FROM gap_spans p
WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
GROUP BY p.what, p.why
HAVING max(p.first_run <= ?2) <> max(p.until_run IS NULL OR p.until_run > ?3)
ORDER BY p.what, p.why;
