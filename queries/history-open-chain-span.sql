-- From this run on an account gets to Tier 0, or may, as far as nobody could tell.
INSERT INTO chain_spans (scope, chain, first_run, seen) VALUES (?1, ?2, ?3, ?4);
