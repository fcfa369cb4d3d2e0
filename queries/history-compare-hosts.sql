-- The hosts of a scope that only one of two runs audited (?2 before, ?3 after).
SELECT h.name, max(p.first_run <= ?2), max(p.until_run IS NULL OR p.until_run > ?3)
FROM host_spans p JOIN hosts h ON h.id = p.host
WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
GROUP BY h.id
HAVING max(p.first_run <= ?2) <> max(p.until_run IS NULL OR p.until_run > ?3)
ORDER BY h.name;
