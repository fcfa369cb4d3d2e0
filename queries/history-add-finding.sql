-- A finding that was never seen before.
INSERT INTO findings (scope, name, rule, subject, target, spn, ran_on, ran_towards, title, detail,
    text_hash, cause, cause_title)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13);
