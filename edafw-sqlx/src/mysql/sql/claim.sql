update json_table(?1, '$[*]' columns (position bigint path '$')) claimed
straight_join edafw_outbox o force index (primary) on o.position = claimed.position
set o.due_at = ?2 + ?3, o.token = ?4;
