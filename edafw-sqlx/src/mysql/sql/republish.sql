update json_table(?1, '$[*]' columns (position bigint path '$')) again
straight_join edafw_outbox o force index (primary) on o.position = again.position
set o.sent_at = null, o.due_at = 0, o.token = null, o.generation = o.generation + 1
where o.sent_at is not null and o.exhausted_at is null;
