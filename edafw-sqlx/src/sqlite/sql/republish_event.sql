insert into edafw_outbox (position, key, due_at, generation)
select position, key, 0, generation + 1 from edafw_event where event_id = ?1
on conflict (position) do update
set sent_at = null, exhausted_at = null, due_at = 0, token = null, generation = generation + 1;
