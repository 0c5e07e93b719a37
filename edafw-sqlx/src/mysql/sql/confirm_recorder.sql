update edafw_meta
set value = greatest(value, coalesce((
    select max(o.sent_at)
    from json_table(?1, '$[*]' columns (position bigint path '$')) confirmed
    straight_join edafw_outbox o force index (primary) on o.position = confirmed.position), 0))
where name = 'confirmed-sent-at';
