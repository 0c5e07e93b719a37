update edafw_outbox
set due_at = 0, token = null
where position in (select value from json_each(?1)) and token = ?2;
