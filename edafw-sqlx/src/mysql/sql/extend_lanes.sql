update json_table(?1, '$[*]' columns (
    queue varchar(160) character set ascii collate ascii_bin path '$[0]',
    lane varchar(512) character set utf8mb4 path '$[1]')) held
straight_join edafw_lane l force index (primary) on l.queue = held.queue and l.lane = held.lane
set l.visible_at = ?2;
