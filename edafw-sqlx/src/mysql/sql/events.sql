select e.position, e.event_id, e.channel, e.source, e.name, e.version, e.`key`, e.time, e.payload, e.headers,
       e.stored_at, e.published_at, o.sent_at, o.exhausted_at, coalesce(o.generation, e.generation) as generation,
       o.last_error
from edafw_event e
left join edafw_outbox o on o.position = e.position
where e.position > ?1
  and (?2 is null or e.event_id = ?2)
  and (?3 is null or (e.`key` = ?3 and length(e.`key`) = length(?3)))
  and (?4 or e.name in ?5)
  and (?6 is null or e.channel = ?6)
  and (?7 is null or e.time >= ?7)
  and (?8 is null or e.time < ?8)
  and (?9 is null
       or (?9 = 'published' and e.published_at is not null)
       or (e.published_at is null
           and ?9 = case when o.exhausted_at is not null then 'exhausted'
                         when o.sent_at is not null or o.generation > 0 then 'sent'
                         else 'stored' end))
  and (?10 is null or not exists (
      select 1 from edafw_inbox i
      where i.subscriber = ?10 and i.source = e.source and i.name = e.name
        and i.idempotency_key = json_unquote(json_extract(e.headers, '$.idempotencykey'))))
  and (?12 is null or e.correlation_id = ?12)
order by e.position
limit ?11;
