-- The chain of an account.
SELECT id FROM chains WHERE scope = ?1 AND source = ?2;
