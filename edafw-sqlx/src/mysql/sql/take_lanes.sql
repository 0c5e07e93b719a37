update json_table(?1, '$[*]' columns (
    lane varchar(512) character set utf8mb4 path '$[0]', held_to bigint path '$[1]')) taken
straight_join edafw_lane l force index (primary) on l.queue = ?2 and l.lane = taken.lane
set l.visible_at = ?3, l.token = ?4, l.held_to = taken.held_to;
