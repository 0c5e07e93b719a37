select e.position, e.event_id::text, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload::text,
       e.headers::text, e.stored_at, e.published_at, o.sent_at, o.exhausted_at,
       coalesce(o.generation, e.generation) as generation, o.last_error
from edafw_event e
left join edafw_outbox o on o.position = e.position
where e.position > $1
  and ($2::text is null or e.event_id = $2::uuid)
  and ($3::text is null or e.key = $3)
  and ($4::text[] is null or e.name = any($4))
  and ($5::text is null or e.channel = $5)
  and ($6::bigint is null or e.time >= $6)
  and ($7::bigint is null or e.time < $7)
  and ($8::text is null
       or ($8 = 'published' and e.published_at is not null)
       or (e.published_at is null
           and $8 = case when o.exhausted_at is not null then 'exhausted'
                         when o.sent_at is not null or o.generation > 0 then 'sent'
                         else 'stored' end))
  and ($9::text is null or not exists (
      select 1 from edafw_inbox i
      where i.subscriber = $9 and i.source = e.source and i.name = e.name
        and i.idempotency_key = e.headers ->> 'idempotencykey'))
  and ($11::text is null or (e.headers ->> 'correlationid')::uuid = $11::uuid)
order by e.position
limit $10;
