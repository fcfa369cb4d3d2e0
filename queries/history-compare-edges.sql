-- The delegations of a scope that did not stand alike at two runs (?2 before, ?3 after), and those
-- that could not be seen at the later one.
SELECT e.name, e.source, e.target, e.way, e.away,
    a.seen, a.verdict, a.tier0, a.declared, a.paired, b.seen, b.verdict, b.tier0, b.declared, b.paired
FROM (SELECT DISTINCT p.edge AS id FROM edge_spans p
    WHERE p.scope = ?1 AND p.first_run <= ?3 AND (p.until_run IS NULL OR p.until_run > ?2)
        AND (p.first_run > ?2 OR p.until_run <= ?3 OR p.seen = 0)) AS moved
JOIN edges e ON e.id = moved.id
LEFT JOIN edge_spans a ON a.scope = e.scope AND a.edge = e.id
    AND a.first_run = (SELECT max(p.first_run) FROM edge_spans p
        WHERE p.scope = e.scope AND p.edge = e.id AND p.first_run <= ?2)
    AND (a.until_run IS NULL OR a.until_run > ?2)
LEFT JOIN edge_spans b ON b.scope = e.scope AND b.edge = e.id
    AND b.first_run = (SELECT max(p.first_run) FROM edge_spans p
        WHERE p.scope = e.scope AND p.edge = e.id AND p.first_run <= ?3)
    AND (b.until_run IS NULL OR b.until_run > ?3)
WHERE a.edge IS NOT NULL OR b.edge IS NOT NULL
ORDER BY e.name;
