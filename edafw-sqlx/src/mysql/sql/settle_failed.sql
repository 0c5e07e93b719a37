update edafw_outbox force index (primary)
set due_at = ?3 + ?4, token = null, attempts = attempts + 1, last_error = ?5
where position = ?1 and token = ?2;
