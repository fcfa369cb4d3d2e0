-- Whether a host of this name, in small letters, was ever audited.
SELECT EXISTS (SELECT 1 FROM hosts WHERE lower(name) = ?1);
