-- A delegation that was never seen before.
INSERT INTO edges (scope, name, source, source_kind, target, target_kind, way, away)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
