-- The hosts of a scope that only one of two runs audited (?2 before, ?3 after).
SELECT h.name, max(CASE WHEN p.first_run <= ?2 THEN 1 ELSE 0 END), max(CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN 1 ELSE 0 END)
FROM host_spans p JOIN hosts h ON h.id = p.host
WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
GROUP BY h.id
HAVING max(CASE WHEN p.first_run <= ?2 THEN 1 ELSE 0 END) <> max(CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN 1 ELSE 0 END)
ORDER BY h.name;
