-- How each target of each finding stood at two runs of a scope (?2 before, ?3 after): when it was first and last
-- seen up to the later one, whether it had failed up to the earlier one, how it ended, and whether
-- what it was found on was ever audited as a host.
SELECT f.rule, f.subject, f.target, f.spn, f.title, f.detail,
    a.standing, a.severity, a.waived, b.standing, b.severity, b.waived,
    EXISTS (SELECT 1 FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.first_run <= ?2 AND p.standing <> 2),
    (SELECT p.ending FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.first_run <= ?3 ORDER BY p.first_run DESC LIMIT 1),
    (SELECT min(p.first_run) FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.standing <> 4),
    (SELECT CASE WHEN p.until_run IS NULL OR p.until_run > ?3 THEN ?3 ELSE
            (SELECT max(r.id) FROM runs r WHERE r.scope = ?1 AND r.id < p.until_run) END
        FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.first_run <= ?3 AND p.standing <> 4 ORDER BY p.first_run DESC LIMIT 1),
    EXISTS (SELECT 1 FROM hosts h WHERE h.scope = f.scope AND h.name = f.ran_on),
    f.cause, f.cause_title
FROM findings f
LEFT JOIN finding_spans a ON a.scope = f.scope AND a.finding = f.id
    AND a.first_run = (SELECT max(p.first_run) FROM finding_spans p
        WHERE p.scope = f.scope AND p.finding = f.id AND p.first_run <= ?2)
    AND (a.until_run IS NULL OR a.until_run > ?2)
LEFT JOIN finding_spans b ON b.scope = f.scope AND b.finding = f.id
    AND b.first_run = (SELECT max(p.first_run) FROM finding_spans p
        WHERE p.scope = f.scope AND p.finding = f.id AND p.first_run <= ?3)
    AND (b.until_run IS NULL OR b.until_run > ?3)
WHERE f.scope = ?1 AND (a.finding IS NOT NULL OR b.finding IS NOT NULL);
