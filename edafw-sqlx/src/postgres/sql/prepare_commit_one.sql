-- As prepare_commit.sql, for one event: most transactions have no more, and arrays cost a fifth of what they write.
with event as (
    insert into edafw_event
        (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
    select $1::uuid, $2::text, $3::text, $4::text, $5::bigint, $6::text, $7::bigint, $8::json, $9::json,
           coalesce($11::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    where current_setting('edafw.transaction', true) = 'open'
    returning position, key
)
insert into edafw_outbox (position, key)
select position, key
from event
where case when $10 then pg_notify('edafw', '')::text is not null else true end;
