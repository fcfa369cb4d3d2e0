-- A run is still to be sent.
INSERT INTO unsent (run, place) VALUES (?1, ?2);
