-- The verdicts of a run (?2) of a scope (?1), its hosts by their places in history-at-hosts.sql.
WITH at AS (
    SELECT p.host, row_number() OVER (ORDER BY p.host) - 1 AS place FROM host_spans p
    WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run > ?2))
SELECT s.place, t.place, p.verdict
FROM pair_spans p JOIN at s ON s.host = p.source JOIN at t ON t.host = p.target
WHERE p.scope = ?1 AND p.first_run <= ?2 AND (p.until_run IS NULL OR p.until_run > ?2);
