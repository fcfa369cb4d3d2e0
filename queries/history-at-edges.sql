-- The delegations of a run (?2) of a scope (?1), and those that ended or changed with it: the last
-- column tells.
SELECT e.name, e.source, e.source_kind, e.target, e.target_kind, e.way, e.away,
    p.seen, p.verdict, p.tier0, p.declared, p.paired,
    CASE WHEN p.until_run = ?2 THEN 1 ELSE 0 END
FROM edge_spans p JOIN edges e ON e.id = p.edge
WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run >= ?2)
ORDER BY p.first_run;
