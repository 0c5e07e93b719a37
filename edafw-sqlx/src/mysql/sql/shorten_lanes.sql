-- Their receiver gave back what is behind held_to.
update json_table(?1, '$[*]' columns (
    queue varchar(160) character set ascii collate ascii_bin path '$[0]',
    lane varchar(512) character set utf8mb4 path '$[1]',
    held_to bigint path '$[2]')) shorter
straight_join edafw_lane l force index (primary) on l.queue = shorter.queue and l.lane = shorter.lane
set l.held_to = shorter.held_to;
