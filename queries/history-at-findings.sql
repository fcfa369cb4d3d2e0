-- What a run (?2) of a scope (?1) found, and what it did not find any more: the last column tells.
SELECT f.name, f.rule, f.subject, f.target, f.spn, f.ran_on, f.ran_towards, f.title, f.detail,
    f.text_hash, f.cause, f.cause_title, p.standing, p.severity, p.waived, p.ending,
    CASE WHEN p.until_run = ?2 THEN 1 ELSE 0 END
FROM finding_spans p JOIN findings f ON f.id = p.finding
WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run >= ?2);
