update edafw_outbox
set due_at = ?3, token = null, attempts = attempts + 1, last_error = ?4
where position = ?1 and token = ?2;
