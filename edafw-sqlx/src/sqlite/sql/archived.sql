-- The same as events.sql, in the archive: what is there was published.
select e.position, e.event_id, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload, e.headers,
       e.stored_at, e.published_at, null as sent_at, null as exhausted_at, 0 as generation, null as last_error
from edafw_archive e
where e.position > ?1
  and (?2 is null or e.event_id = ?2)
  and (?3 is null or e.key = ?3)
  and (?4 is null or e.name in (select value from json_each(?4)))
  and (?5 is null or e.channel = ?5)
  and (?6 is null or e.time >= ?6)
  and (?7 is null or e.time < ?7)
  and (?8 is null or ?8 = 'published')
  and (?9 is null or not exists (
      select 1 from edafw_inbox i
      where i.subscriber = ?9 and i.source = e.source and i.name = e.name
        and i.idempotency_key = e.headers ->> 'idempotencykey'))
  and (?11 is null or e.headers ->> 'correlationid' = ?11)
order by e.position
limit ?10;
