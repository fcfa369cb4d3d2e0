-- Who got to Tier 0 at a run (?2) of a scope (?1), and who did up to it: the last column tells.
SELECT c.source, c.target, c.steps, c.path, p.seen, CASE WHEN p.until_run = ?2 THEN 1 ELSE 0 END
FROM chain_spans p JOIN chains c ON c.id = p.chain
WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run >= ?2)
ORDER BY p.first_run;
