update json_table(?1, '$[*]' columns (position bigint path '$')) held
straight_join edafw_message m force index (primary) on m.position = held.position
set m.visible_at = ?2;
