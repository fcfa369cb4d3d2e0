-- Which scope a run is of.
SELECT scope FROM runs WHERE id = ?1 AND pruned = 0;
