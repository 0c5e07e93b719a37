delete o
from json_table(?1, '$[*]' columns (position bigint path '$')) confirmed
straight_join edafw_outbox o force index (primary) on o.position = confirmed.position;
