select m.position, m.queue, m.lane, m.token
from json_table(?1, '$[*]' columns (position bigint path '$')) named
straight_join edafw_message m force index (primary) on m.position = named.position
for update;
