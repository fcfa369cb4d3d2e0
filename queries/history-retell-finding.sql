-- What a finding says may change while it persists: the latest is kept.
UPDATE findings SET title = ?2, detail = ?3, text_hash = ?4, ran_on = ?5, ran_towards = ?6,
    cause = ?7, cause_title = ?8
WHERE id = ?1;
