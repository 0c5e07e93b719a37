delete i
from json_table(?1, '$[*]' columns (id bigint path '$')) old
straight_join edafw_inbox i force index (primary) on i.id = old.id;
