-- Writes the events if this is the transaction that the framework has begun; as many rows as events were written.
-- Positions come from a sequence, row by row in the order given: of two transactions that the database itself ordered,
-- the later one gets the higher ones. $10: whether to notify other processes.
with event as (
    insert into edafw_event
        (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
    select e.id::uuid, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload::json, e.headers::json,
           coalesce($11::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
                $8::text[], $9::text[])
         with ordinality as e (id, channel, source, name, version, key, time, payload, headers, place)
    where current_setting('edafw.transaction', true) = 'open'
    order by e.place
    returning position, key
)
insert into edafw_outbox (position, key)
select position, key
from event
where case when $10 then pg_notify('edafw', '')::text is not null else true end;
