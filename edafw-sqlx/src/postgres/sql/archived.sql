-- The same as events.sql, in the archive: what is there was published.
select e.position, e.event_id::text, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload::text,
       e.headers::text, e.stored_at, e.published_at, null::bigint as sent_at,
       null::bigint as exhausted_at, 0::bigint as generation, null::text as last_error
from edafw_archive e
where e.position > $1
  and ($2::text is null or e.event_id = $2::uuid)
  and ($3::text is null or e.key = $3)
  and ($4::text[] is null or e.name = any($4))
  and ($5::text is null or e.channel = $5)
  and ($6::bigint is null or e.time >= $6)
  and ($7::bigint is null or e.time < $7)
  and ($8::text is null or $8 = 'published')
  and ($9::text is null or not exists (
      select 1 from edafw_inbox i
      where i.subscriber = $9 and i.source = e.source and i.name = e.name
        and i.idempotency_key = e.headers ->> 'idempotencykey'))
  and ($11::text is null or (e.headers ->> 'correlationid')::uuid = $11::uuid)
order by e.position
limit $10;
