-- Nobody holds them any more: visible at the given moment, or now where that is past.
update json_table(?1, '$[*]' columns (
    queue varchar(160) character set ascii collate ascii_bin path '$[0]',
    lane varchar(512) character set utf8mb4 path '$[1]',
    not_before bigint path '$[2]')) free
straight_join edafw_lane l force index (primary) on l.queue = free.queue and l.lane = free.lane
set l.token = null, l.held_to = 0, l.visible_at = greatest(?2, free.not_before);
