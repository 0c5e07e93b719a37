select e.position
from json_table(?1, '$[*]' columns (event_id char(36) character set ascii collate ascii_bin path '$')) named
straight_join edafw_event e force index (edafw_event_id) on e.event_id = named.event_id;
