-- Forgets the audits of a scope (?1) before a run (?2): what ended before it, and from it on nothing
-- is known of when the rest began. Findings that stood at it or after it keep their whole past.

DELETE FROM finding_spans WHERE scope = ?1 AND finding NOT IN
    (SELECT p.finding FROM finding_spans p
        WHERE p.scope = ?1 AND (p.until_run IS NULL OR p.until_run > ?2));
DELETE FROM findings WHERE scope = ?1 AND id NOT IN
    (SELECT p.finding FROM finding_spans p WHERE p.scope = ?1);

DELETE FROM host_spans WHERE scope = ?1 AND until_run <= ?2;
UPDATE host_spans SET first_run = ?2 WHERE scope = ?1 AND first_run < ?2;
DELETE FROM pair_spans WHERE scope = ?1 AND until_run <= ?2;
UPDATE pair_spans SET first_run = ?2 WHERE scope = ?1 AND first_run < ?2;
DELETE FROM gap_spans WHERE scope = ?1 AND until_run <= ?2;
UPDATE gap_spans SET first_run = ?2 WHERE scope = ?1 AND first_run < ?2;
DELETE FROM edge_spans WHERE scope = ?1 AND until_run <= ?2;
UPDATE edge_spans SET first_run = ?2 WHERE scope = ?1 AND first_run < ?2;
DELETE FROM edges WHERE scope = ?1 AND id NOT IN
    (SELECT p.edge FROM edge_spans p WHERE p.scope = ?1);
DELETE FROM chain_spans WHERE scope = ?1 AND until_run <= ?2;
UPDATE chain_spans SET first_run = ?2 WHERE scope = ?1 AND first_run < ?2;
DELETE FROM chains WHERE scope = ?1 AND id NOT IN
    (SELECT p.chain FROM chain_spans p WHERE p.scope = ?1);

UPDATE runs SET previous = NULL WHERE scope = ?1 AND id <= ?2;
UPDATE runs SET pruned = 1 WHERE scope = ?1 AND id < ?2;
DELETE FROM runs WHERE scope = ?1 AND id < ?2
    AND id NOT IN (SELECT p.first_run FROM finding_spans p WHERE p.scope = ?1)
    AND id NOT IN (SELECT p.until_run FROM finding_spans p
        WHERE p.scope = ?1 AND p.until_run IS NOT NULL)
    AND id NOT IN (SELECT (SELECT max(r.id) FROM runs r WHERE r.scope = ?1 AND r.id < p.until_run)
        FROM finding_spans p WHERE p.scope = ?1 AND p.until_run IS NOT NULL);
