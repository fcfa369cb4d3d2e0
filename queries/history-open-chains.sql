-- Who got to Tier 0 when last somebody looked: the open spans.
SELECT c.id, c.source, p.first_run, p.seen, c.target, c.steps, c.path
FROM chain_spans p JOIN chains c ON c.id = p.chain
WHERE p.scope = ?1 AND p.until_run IS NULL;
