-- Locks events that are to be archived; who is about to send one of them again has it already.
select e.position
from json_table(?1, '$[*]' columns (position bigint path '$')) old
straight_join edafw_event e force index (primary) on e.position = old.position
where e.published_at is not null
for update skip locked;
