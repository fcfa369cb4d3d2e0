-- A run (?1) was sent. Once all of its scope (?2) were, nothing of them is kept here.
DELETE FROM unsent WHERE run = ?1;

DELETE FROM finding_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM host_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM pair_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM gap_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM edge_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM chain_spans WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM findings WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM hosts WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM edges WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM chains WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM runs WHERE scope = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
DELETE FROM scopes WHERE id = ?2 AND NOT EXISTS
    (SELECT 1 FROM unsent u JOIN runs r ON r.id = u.run WHERE r.scope = ?2);
