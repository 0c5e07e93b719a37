-- As prepare_commit.sql, for one event: most transactions have no more, and arrays cost a fifth of what they write.
with event as (
    insert into edafw_event
        (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
    select $2::uuid, $3::text, $4::text, $5::text, $6::bigint, $7::text, $8::bigint, $9::json, $10::json,
           coalesce($12::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    where (extract(epoch from transaction_timestamp()) * 1000000)::bigint = $1
    returning position, key
)
insert into edafw_outbox (position, key)
select position, key
from event
where case when $11 then pg_notify('edafw', '')::text is not null else true end;
