select e.position, e.event_id, e.channel, e.source, e.name, e.version, e.`key`, e.time, e.payload, e.headers
from json_table(?1, '$[*]' columns (position bigint path '$')) claimed
straight_join edafw_event e force index (primary) on e.position = claimed.position;
