update json_table(?1, '$[*]' columns (position bigint path '$')) confirmed
straight_join edafw_event e force index (primary) on e.position = confirmed.position
left join edafw_outbox o on o.position = confirmed.position
set e.published_at = coalesce(e.published_at, ?2), e.generation = coalesce(nullif(o.generation, 0), e.generation);
