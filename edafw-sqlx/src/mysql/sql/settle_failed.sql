update json_table(?1, '$[*]' columns (
    position bigint path '$[0]', token bigint path '$[1]', delay bigint path '$[2]',
    error longtext character set utf8mb4 path '$[3]')) failed
straight_join edafw_outbox o force index (primary) on o.position = failed.position
set o.due_at = ?2 + failed.delay, o.token = null, o.attempts = o.attempts + 1, o.last_error = failed.error
where o.token = failed.token;
