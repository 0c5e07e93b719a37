update edafw_outbox force index (primary)
set exhausted_at = ?2
where position in ?1 and exhausted_at is null and sent_at is not null;
