select m.position, m.queue, m.lane, m.not_before
from json_table(?1, '$[*]' columns (
    queue varchar(160) character set ascii collate ascii_bin path '$[0]',
    lane varchar(512) character set utf8mb4 path '$[1]')) named
straight_join edafw_message m force index (primary) on m.position = (
    select first.position
    from edafw_message first force index (edafw_message_lane)
    where first.queue = named.queue and first.lane = named.lane and first.visible_at is null
    order by first.position
    limit 1);
