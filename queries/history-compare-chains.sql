-- Who got to Tier 0 at only one of two runs of a scope (?2 before, ?3 after), and whose way could not
-- be seen at the later one.
SELECT c.source, c.target, c.steps, c.path, a.seen, b.seen
FROM chains c
LEFT JOIN chain_spans a ON a.scope = c.scope AND a.chain = c.id
    AND a.first_run <= ?2 AND (a.until_run IS NULL OR a.until_run > ?2)
LEFT JOIN chain_spans b ON b.scope = c.scope AND b.chain = c.id
    AND b.first_run <= ?3 AND (b.until_run IS NULL OR b.until_run > ?3)
WHERE c.scope = ?1 AND (a.chain IS NOT NULL OR b.chain IS NOT NULL)
ORDER BY c.source;
