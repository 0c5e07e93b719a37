delete e
from json_table(?1, '$[*]' columns (position bigint path '$')) old
straight_join edafw_archive a force index (primary) on a.position = old.position
straight_join edafw_event e force index (primary) on e.position = old.position;
