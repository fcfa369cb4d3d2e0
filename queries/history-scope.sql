-- The number of a scope: audits of the same domain, --host arguments and configuration are
-- compared with each other, and with no others.
SELECT id FROM scopes WHERE domain = ?1 AND hosts = ?2 AND config = ?3;
