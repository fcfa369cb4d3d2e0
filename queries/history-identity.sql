-- Whose file it is, which version of the schema it has, and whether it holds anything at all.
SELECT
    (SELECT application_id FROM pragma_application_id),
    (SELECT user_version FROM pragma_user_version),
    (SELECT count(*) FROM sqlite_master);
