-- Copies the events at the positions ?1 into the archive, but for those that somebody still needs: what is on its way
-- (again), what a message or a dead letter speaks of, whose text begins with the event's id; and the last event of
-- all, so that no position is given out twice.
insert into edafw_archive
select e.position, e.event_id, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload, e.headers, e.stored_at,
       e.published_at, ?2
from edafw_event e
where e.position in (select value from json_each(?1))
  and e.published_at is not null
  and e.position < (select max(position) from edafw_event)
  and not exists (select 1 from edafw_outbox o where o.position = e.position)
  and e.position not in (select event from edafw_message where event is not null)
  and e.event_id not in (
      select substr(body, 28, 36) from edafw_message where body is not null
      union all
      select substr(body, 28, 36) from edafw_dead_letter);
