-- When each target of each finding that stands at the last run of a scope was first seen.
SELECT f.name, (SELECT r.started_us FROM runs r WHERE r.id =
    (SELECT min(p.first_run) FROM finding_spans p WHERE p.scope = f.scope AND p.finding = f.id
        AND p.standing <> 4))
FROM finding_spans o JOIN findings f ON f.id = o.finding
WHERE o.scope = ?1 AND o.until_run IS NULL;
