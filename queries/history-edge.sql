-- A delegation by name.
SELECT id FROM edges WHERE scope = ?1 AND name = ?2;
