update json_table(?1, '$[*]' columns (position bigint path '$')) later
straight_join edafw_message m force index (primary) on m.position = later.position
set m.not_before = ?2, m.receives = m.receives + 1;
