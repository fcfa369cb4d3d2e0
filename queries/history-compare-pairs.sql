-- The pairs of a scope whose verdict is not the same at two runs (?2 before, ?3 after). Only a
-- span that begins or ends between the two can make a difference.
SELECT s.name, t.name, max(CASE WHEN p.first_run <= ?2 THEN p.verdict END),
    max(CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN p.verdict END)
FROM pair_spans p JOIN hosts s ON s.id = p.source JOIN hosts t ON t.id = p.target
WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
    AND (p.first_run > ?2 OR p.until_run <= ?3)
GROUP BY s.id, t.id ORDER BY s.name, t.name;
