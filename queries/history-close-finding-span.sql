-- From this run on a finding does not stand like that any more.
UPDATE finding_spans SET until_run = ?4, ending = ?5
WHERE scope = ?1 AND finding = ?2 AND first_run = ?3;
