-- One event in a transaction that is not ours.
with event as (
    insert into edafw_event
        (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
    values ($1::uuid, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10)
    returning position, key
)
insert into edafw_outbox (position, key) select position, key from event;
