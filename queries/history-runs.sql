-- The runs of a scope (NULL: of all), the newest first, up to one of them, no more than asked for.
SELECT
    r.id, r.started_us, r.duration_ms, r.tool_version, r.source_kind, r.source_uri, r.dc,
    r.principal, r.asked, r.complete, r.exit_status, r.hosts, r.ready, r.degraded, r.undecided,
    r.broken, r.infos, r.warnings, r.errors, r.criticals, r.unknown, r.waived, r.gaps,
    r.tickets_granted, r.tickets_refused, coalesce(r.previous, 0), r.changes, r.verdicts_kept,
    r.reach, r.edges, r.chains, r.edges_came, r.edges_gone, r.chains_came, r.chains_gone,
    s.domain, s.hosts, s.config
FROM runs r JOIN scopes s ON s.id = r.scope
WHERE (CAST(?1 AS BIGINT) IS NULL OR r.scope = ?1) AND r.id <= ?2 AND r.pruned = 0
ORDER BY r.id DESC LIMIT ?3;
