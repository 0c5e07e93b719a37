update edafw_queue set ordered = 0 where name = ?1;
-- What stands in a lane behind a head of the same receiver is in hand as the head is.
update edafw_message
set visible_at = coalesce(
    (select first.visible_at from edafw_message first
     where first.queue = edafw_message.queue and first.lane = edafw_message.lane
       and first.token = edafw_message.token
     order by first.position
     limit 1),
    not_before, ?2)
where queue = ?1 and lane is not null and visible_at is null;
update edafw_message set lane = null, not_before = null where queue = ?1 and lane is not null;
