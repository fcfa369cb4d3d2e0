-- When a run started.
SELECT started_us FROM runs WHERE id = ?1;
