update edafw_dead_letter set cause = ?2, error = ?3, attempts = attempts + 1 where id = ?1;
