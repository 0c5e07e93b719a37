-- Locks events that are to be archived; who is about to send one of them again has it already.
select position
from edafw_event
where position = any($1) and published_at is not null
order by position
for update skip locked;
