-- What only one of two runs of a scope could not read (?2 before, ?3 after).
SELECT p.what, p.why, max(CASE WHEN p.first_run <= ?2 THEN 1 ELSE 0 END), max(CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN 1 ELSE 0 END)
FROM gap_spans p
WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
GROUP BY p.what, p.why
HAVING max(CASE WHEN p.first_run <= ?2 THEN 1 ELSE 0 END) <> max(CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN 1 ELSE 0 END)
ORDER BY p.what, p.why;
