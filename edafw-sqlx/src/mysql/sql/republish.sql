update edafw_outbox force index (primary)
set sent_at = null, due_at = 0, token = null, generation = generation + 1
where position in ?1 and sent_at is not null and exhausted_at is null;
