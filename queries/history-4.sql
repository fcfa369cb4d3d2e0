-- Version 4 of the history: reports list all that one rule has against one subject, of one severity
-- and standing, as one finding with its targets. A row of findings is one target of it, by the name
-- that it had before ("DEL-01:HV01>HV02"), so that each keeps its own first run. What runs counted
-- is counted anew, so that a trend goes on; what they said of changes stays as it was.

CREATE TEMP TABLE listed AS
    SELECT DISTINCT p.scope, f.rule || ':' || f.subject AS finding, p.severity, p.waived, p.standing,
        p.first_run, p.until_run
    FROM finding_spans p JOIN findings f ON f.id = p.finding WHERE p.standing <> 4;

CREATE TEMP TABLE counted AS
    SELECT r.id AS run,
        count(DISTINCT CASE WHEN l.standing = 1 AND l.waived = 0 AND l.severity = 0
            THEN l.finding END) AS infos,
        count(DISTINCT CASE WHEN l.standing = 1 AND l.waived = 0 AND l.severity = 1
            THEN l.finding END) AS warnings,
        count(DISTINCT CASE WHEN l.standing = 1 AND l.waived = 0 AND l.severity = 2
            THEN l.finding END) AS errors,
        count(DISTINCT CASE WHEN l.standing = 1 AND l.waived = 0 AND l.severity = 3
            THEN l.finding END) AS criticals,
        count(DISTINCT CASE WHEN l.standing IN (2, 3) THEN l.finding END) AS unknown,
        count(DISTINCT CASE WHEN l.standing = 1 AND l.waived = 1
            THEN l.finding || ' ' || l.severity END) AS waived
    FROM runs r JOIN temp.listed l ON l.scope = r.scope AND l.first_run <= r.id
        AND (l.until_run IS NULL OR l.until_run > r.id)
    GROUP BY r.id;

UPDATE runs SET
    infos = (SELECT c.infos FROM temp.counted c WHERE c.run = runs.id),
    warnings = (SELECT c.warnings FROM temp.counted c WHERE c.run = runs.id),
    errors = (SELECT c.errors FROM temp.counted c WHERE c.run = runs.id),
    criticals = (SELECT c.criticals FROM temp.counted c WHERE c.run = runs.id),
    unknown = (SELECT c.unknown FROM temp.counted c WHERE c.run = runs.id),
    waived = (SELECT c.waived FROM temp.counted c WHERE c.run = runs.id)
WHERE id IN (SELECT c.run FROM temp.counted c);

DROP TABLE temp.counted;
DROP TABLE temp.listed;

PRAGMA user_version = 4;
