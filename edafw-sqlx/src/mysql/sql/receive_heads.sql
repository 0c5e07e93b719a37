-- The first message of each lane, and whether another one stands behind it.
select m.position, taken.place, m.body, m.receives, coalesce((
        select behind.position
        from edafw_message behind force index (edafw_message_lane)
        where behind.queue = ?2 and behind.lane = taken.lane and behind.visible_at is null
        order by behind.position
        limit 1 offset 1), 0) as next
from json_table(?1, '$[*]' columns (
    place for ordinality,
    lane varchar(512) character set utf8mb4 path '$')) taken
straight_join edafw_message m force index (primary) on m.position = (
    select first.position
    from edafw_message first force index (edafw_message_lane)
    where first.queue = ?2 and first.lane = taken.lane and first.visible_at is null
    order by first.position
    limit 1);
