update json_table(?1, '$[*]' columns (position bigint path '$')) old
straight_join edafw_outbox o force index (primary) on o.position = old.position
set o.exhausted_at = ?2
where o.exhausted_at is null and o.sent_at is not null;
