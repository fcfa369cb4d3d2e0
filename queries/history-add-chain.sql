-- An account that never got to Tier 0 before.
INSERT INTO chains (scope, source, target, steps, path) VALUES (?1, ?2, ?3, ?4, ?5);
