update edafw_outbox force index (primary)
set sent_at = ?3, token = null, last_error = null, attempts = 0
where position in ?1 and token = ?2;
