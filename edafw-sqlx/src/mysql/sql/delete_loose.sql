delete m
from json_table(?1, '$[*]' columns (position bigint path '$[0]', token bigint path '$[1]')) named
straight_join edafw_message m force index (primary)
    on m.position = named.position and m.lane is null and m.token = named.token;
