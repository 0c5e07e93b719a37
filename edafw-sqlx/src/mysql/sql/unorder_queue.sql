update edafw_queue set ordered = 0 where name = ?1;
select lane from edafw_lane force index (primary) where queue = ?1 for update;
-- What a receiver has in hand stays in hand, message by message.
update edafw_message m
join edafw_lane l on l.queue = m.queue and l.lane = m.lane
set m.visible_at = case when l.token is not null and m.position <= l.held_to then l.visible_at
                        else greatest(?2, coalesce(m.not_before, ?2)) end,
    m.token = case when m.position <= l.held_to then l.token end,
    m.receives = m.receives + (l.token is not null and m.position <= l.held_to),
    m.lane = null
where m.queue = ?1;
delete from edafw_lane where queue = ?1;
