-- What the token holds of lanes that are locked.
delete m
from json_table(?1, '$[*]' columns (
    position bigint path '$[0]', token bigint path '$[1]',
    queue varchar(160) character set ascii collate ascii_bin path '$[2]',
    lane varchar(512) character set utf8mb4 path '$[3]')) named
straight_join edafw_message m force index (primary)
    on m.position = named.position and m.queue = named.queue and m.lane = named.lane
straight_join edafw_lane l force index (primary)
    on l.queue = named.queue and l.lane = named.lane and l.token = named.token and l.held_to >= named.position;
