-- What stands behind the heads of these lanes, up to ?2 messages of each.
select m.position, m.lane, coalesce(m.not_before, 0) as not_before
from json_each(?3) l
join edafw_message m on m.position in (
    select behind.position from edafw_message behind
    where behind.queue = ?1 and behind.lane = l.value
    order by behind.position
    limit ?2 + 1)
where m.visible_at is null
order by m.position
limit ?2;
