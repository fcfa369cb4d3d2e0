-- How many runs of a scope are listed that are older than one of them.
SELECT count(*) FROM runs WHERE scope = ?1 AND id < ?2 AND pruned = 0;
