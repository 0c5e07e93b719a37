-- By id, because clusters leave gaps between the positions that one statement gets.
insert into edafw_outbox (position, `key`, due_at)
select e.position, e.`key`, 0
from json_table(?1, '$[*]' columns (event_id char(36) character set ascii collate ascii_bin path '$')) stored
straight_join edafw_event e force index (edafw_event_id) on e.event_id = stored.event_id;
