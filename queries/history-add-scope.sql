-- A scope that was never audited before.
INSERT INTO scopes (domain, hosts, config) VALUES (?1, ?2, ?3);
