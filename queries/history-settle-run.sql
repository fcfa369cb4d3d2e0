-- What changed against the run before, as counts in the order of Change in audit/past.h.
UPDATE runs SET changes = ?2 WHERE id = ?1;
