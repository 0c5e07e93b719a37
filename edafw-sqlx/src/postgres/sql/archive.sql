-- Moves the locked events at the positions $1 into the archive, but for those that somebody still needs: what is on
-- its way (again), what a message refers to, what the text of a message or a dead letter begins with; and the last
-- event of all. A statement of its own, because it must see what was sent again before they were locked.
with needed as materialized (
    select substr(body, 28, 36) as event_id from edafw_message where body is not null
    union
    select substr(body, 28, 36) from edafw_dead_letter
), referred as materialized (
    select unnest(events) as event from edafw_message
), gone as (
    delete from edafw_event e
    where e.position = any($1)
      and e.position < (select max(position) from edafw_event)
      and not exists (select 1 from edafw_outbox o where o.position = e.position)
      and not exists (select 1 from needed n where n.event_id = e.event_id::text)
      and not exists (select 1 from referred r where r.event = e.position)
    returning e.*
)
insert into edafw_archive
    (position, event_id, channel, source, name, version, key, time, payload, headers, stored_at, published_at,
     archived_at)
select position, event_id, channel, source, name, version, key, time, payload, headers, stored_at, published_at,
       coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
from gone;
