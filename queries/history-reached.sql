-- How far a scope was audited at most up to a run; NULL: hosts alone, by an earlier version.
SELECT max(reach) FROM runs WHERE scope = ?1 AND id <= ?2;
