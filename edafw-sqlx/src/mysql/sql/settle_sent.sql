update json_table(?1, '$[*]' columns (position bigint path '$[0]', token bigint path '$[1]')) sent
straight_join edafw_outbox o force index (primary) on o.position = sent.position
set o.sent_at = ?2, o.token = null, o.last_error = null, o.attempts = 0
where o.token = sent.token;
