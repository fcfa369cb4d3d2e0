-- A run as it starts to be recorded; what changed is settled at its end.
INSERT INTO runs (scope, previous, started_us, duration_ms, tool_version, source_kind, source_uri, dc,
    principal, asked, complete, exit_status, hosts, ready, degraded, undecided, broken, infos,
    warnings, errors, criticals, unknown, waived, gaps, tickets_granted, tickets_refused, verdicts_kept)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
    ?22, ?23, ?24, ?25, ?26, 1);
