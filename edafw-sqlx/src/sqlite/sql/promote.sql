-- The next of a lane follows its removed head: with the head's lease if the same receiver holds it.
update edafw_message
set visible_at = case when token = ?2 then next.lease_end else max(?3, coalesce(not_before, ?3)) end, not_before = null
from (
    select (select first.position from edafw_message first
            where first.queue = gone.value ->> 0 and first.lane = gone.value ->> 1
            order by first.position
            limit 1) as position,
           gone.value ->> 2 as lease_end
    from json_each(?1) gone
) next
where edafw_message.position = next.position and edafw_message.visible_at is null;
