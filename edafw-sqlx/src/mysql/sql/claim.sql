update edafw_outbox force index (primary)
set due_at = ?2 + ?3, token = ?4
where position in ?1;
