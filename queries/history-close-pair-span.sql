-- From this run on a pair has another verdict, or is not judged any more.
UPDATE pair_spans SET until_run = ?5
WHERE scope = ?1 AND source = ?2 AND target = ?3 AND first_run = ?4;
