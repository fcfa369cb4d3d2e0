-- The first run that is still to be sent to a place.
SELECT min(u.run) FROM unsent u JOIN runs r ON r.id = u.run AND r.pruned = 0 WHERE u.place = ?1;
