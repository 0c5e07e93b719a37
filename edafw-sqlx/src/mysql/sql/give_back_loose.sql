update json_table(?1, '$[*]' columns (position bigint path '$')) back
straight_join edafw_message m force index (primary) on m.position = back.position
set m.visible_at = ?2, m.token = null, m.receives = m.receives - ?3;
