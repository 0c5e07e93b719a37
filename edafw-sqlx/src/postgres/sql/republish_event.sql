-- Locks the event, which cannot be archived meanwhile.
with event as materialized (
    select position, key, generation from edafw_event where event_id = $1::uuid for key share
)
insert into edafw_outbox (position, key, generation)
select position, key, generation + 1 from event
on conflict (position) do update
set sent_at = null, exhausted_at = null, due_at = 0, token = null, generation = edafw_outbox.generation + 1;
