update edafw_outbox
set sent_at = ?3, token = null, last_error = null, attempts = 0
where position in (select value from json_each(?1)) and token = ?2;
