-- In the order of the primary key, as every statement that locks several.
select l.queue, l.lane, l.token, l.held_to
from json_table(?1, '$[*]' columns (
    queue varchar(160) character set ascii collate ascii_bin path '$[0]',
    lane varchar(512) character set utf8mb4 path '$[1]')) named
straight_join edafw_lane l force index (primary) on l.queue = named.queue and l.lane = named.lane
for update;
