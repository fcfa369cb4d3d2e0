-- A host that was never audited before.
INSERT INTO hosts (scope, name) VALUES (?1, ?2);
