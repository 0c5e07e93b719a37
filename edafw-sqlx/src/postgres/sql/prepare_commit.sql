-- Writes the events if this is the transaction that was begun at $1, and answers how many it wrote. Positions
-- come from a sequence, row by row in the order given: of two transactions that the database itself ordered,
-- the later one gets the higher ones. $11: whether to notify other processes.
with event as (
    insert into edafw_event
        (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
    select e.id::uuid, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload::json, e.headers::json,
           coalesce($12::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint)
    from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[],
                $9::text[], $10::text[])
         with ordinality as e (id, channel, source, name, version, key, time, payload, headers, place)
    where (extract(epoch from transaction_timestamp()) * 1000000)::bigint = $1
    order by e.place
    returning position, key
), outbox as (
    insert into edafw_outbox (position, key) select position, key from event
)
select count(*), case when $11 then pg_notify('edafw', '')::text end from event;
