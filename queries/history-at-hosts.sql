-- The hosts that a run (?2) of a scope (?1) audited.
SELECT h.name FROM host_spans p JOIN hosts h ON h.id = p.host
WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run > ?2)
ORDER BY h.id;
