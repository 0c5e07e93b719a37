update edafw_outbox force index (primary)
set due_at = 0, token = null
where position in ?1 and token = ?2;
