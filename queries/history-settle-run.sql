-- What changed against the run before: counts in the order of Change in audit/past.h, and what came
-- and went of delegations and chains.
UPDATE runs SET changes = ?2, reach = ?3, edges = ?4, chains = ?5, edges_came = ?6, edges_gone = ?7,
    chains_came = ?8, chains_gone = ?9
WHERE id = ?1;
