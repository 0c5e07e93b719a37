insert into edafw_meta (name, value)
select 'confirmed-sent-at', max(sent_at)
from edafw_outbox
where position in (select value from json_each(?1)) and sent_at is not null
having max(sent_at) is not null
on conflict (name) do update set value = max(value, excluded.value);
update edafw_event
set generation = o.generation
from edafw_outbox o
where o.position = edafw_event.position and o.generation > 0
  and edafw_event.position in (select value from json_each(?1));
delete from edafw_outbox where position in (select value from json_each(?1));
update edafw_event
set published_at = coalesce(published_at, ?2)
where position in (select value from json_each(?1));
commit;
