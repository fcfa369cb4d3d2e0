-- From which run on each scope is kept, and how many runs it has in all: from the first one since a
-- time (?1), or the newest where there is none; or from the first of its newest runs (?2: how many
-- more than one), NULL where it has no more.
SELECT s.id, count(r.id),
    coalesce(min(CASE WHEN r.started_us >= ?1 THEN r.id END), max(r.id)),
    (SELECT n.id FROM runs n WHERE n.scope = s.id AND n.pruned = 0 ORDER BY n.id DESC
        LIMIT 1 OFFSET ?2)
FROM scopes s JOIN runs r ON r.scope = s.id AND r.pruned = 0
GROUP BY s.id ORDER BY s.id;
