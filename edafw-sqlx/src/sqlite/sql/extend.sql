-- The lease of a lane is its head's.
update edafw_message
set visible_at = ?2
where position in (
    select coalesce((select first.position from edafw_message first
                     where first.queue = m.queue and first.lane = m.lane
                     order by first.position
                     limit 1), m.position)
    from edafw_message m
    where m.position in (select value from json_each(?1))
);
