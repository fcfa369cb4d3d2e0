-- The newest run of a scope, by number: clocks may go backwards.
SELECT max(id) FROM runs WHERE scope = ?1;
