-- Whether a host of this name was ever audited.
SELECT EXISTS (SELECT 1 FROM hosts WHERE name = ?1 COLLATE NOCASE);
