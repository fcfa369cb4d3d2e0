-- The shortest way may change while there is one: the latest is kept.
UPDATE chains SET target = ?2, steps = ?3, path = ?4 WHERE id = ?1;
