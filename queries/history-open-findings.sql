-- How every finding of a scope stood at its last run: the open spans.
SELECT f.id, f.name, f.text_hash, p.first_run, p.standing, p.severity, p.waived, f.rule, f.subject,
    f.target, f.spn, f.ran_on, f.ran_towards
FROM finding_spans p JOIN findings f ON f.id = p.finding
WHERE p.scope = ?1 AND p.until_run IS NULL;
