-- Locks the event, which cannot be archived meanwhile.
insert into edafw_outbox (position, `key`, due_at, generation)
select e.position, e.`key`, 0, e.generation + 1
from edafw_event e force index (edafw_event_id)
where e.event_id = ?1
lock in share mode
on duplicate key update
    sent_at = null, exhausted_at = null, due_at = 0, token = null, generation = edafw_outbox.generation + 1;
