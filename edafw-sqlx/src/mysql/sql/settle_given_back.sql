update json_table(?1, '$[*]' columns (position bigint path '$[0]', token bigint path '$[1]')) back
straight_join edafw_outbox o force index (primary) on o.position = back.position
set o.due_at = 0, o.token = null
where o.token = back.token;
