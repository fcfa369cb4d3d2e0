-- The hosts of a scope, and since which run each is audited; NULL: not any more.
SELECT h.id, h.name, p.first_run
FROM hosts h LEFT JOIN host_spans p ON p.scope = h.scope AND p.host = h.id AND p.until_run IS NULL
WHERE h.scope = ?1;
