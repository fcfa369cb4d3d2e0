-- The findings by this id, in small letters, as reports list it or with its target, or about a host of this name, in
-- every scope: how each target stands today, when it was first and last seen, and how it ended.
SELECT f.rule, f.subject, f.target, f.spn, f.title, f.detail,
    o.standing, o.severity, o.waived, l.ending, l.severity, l.waived,
    (SELECT min(p.first_run) FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.standing <> 4),
    (SELECT CASE WHEN p.until_run IS NULL
            THEN (SELECT max(r.id) FROM runs r WHERE r.scope = f.scope)
            ELSE (SELECT max(r.id) FROM runs r WHERE r.scope = f.scope AND r.id < p.until_run) END
        FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id AND p.standing <> 4
        ORDER BY p.first_run DESC LIMIT 1),
    s.domain, s.hosts, s.config, f.scope
FROM findings f JOIN scopes s ON s.id = f.scope
JOIN finding_spans l ON l.scope = f.scope AND l.finding = f.id AND l.first_run =
    (SELECT max(p.first_run) FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id)
LEFT JOIN finding_spans o ON o.scope = f.scope AND o.finding = f.id AND o.until_run IS NULL
WHERE lower(f.name) = ?1 OR lower(f.subject) = ?1 OR lower(f.target) = ?1
    OR lower(f.rule || ':' || f.subject) = ?1
    OR lower(f.rule || ':' || f.subject || '#') =
        substr(?1, 1, length(f.rule || ':' || f.subject) + 1)
ORDER BY f.scope, f.rule, f.subject, f.name;
