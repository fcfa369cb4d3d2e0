-- A finding by name, and whether it was ever seen to fail: then it is not new.
SELECT f.id, f.text_hash, EXISTS (
    SELECT 1 FROM finding_spans p
    WHERE p.scope = f.scope AND p.finding = f.id AND p.standing <> 2)
FROM findings f WHERE f.scope = ?1 AND f.name = ?2;
