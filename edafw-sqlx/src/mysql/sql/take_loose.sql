update json_table(?1, '$[*]' columns (position bigint path '$')) taken
straight_join edafw_message m force index (primary) on m.position = taken.position
set m.visible_at = ?2, m.token = ?3, m.receives = m.receives + 1;
