-- Every delegation of a scope as it stood when last somebody looked: the open spans.
SELECT e.id, e.name, p.first_run, p.seen, p.verdict, p.tier0, p.declared, p.paired, e.source,
    e.source_kind, e.target, e.target_kind, e.way, e.away
FROM edge_spans p JOIN edges e ON e.id = p.edge
WHERE p.scope = ?1 AND p.until_run IS NULL;
