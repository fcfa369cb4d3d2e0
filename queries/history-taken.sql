-- Whether a scope (?1) has this very audit: two do not begin in one microsecond, take as long and
-- read from the same place.
SELECT id FROM runs WHERE scope = ?1 AND started_us = ?2 AND duration_ms = ?3 AND source_uri = ?4;
