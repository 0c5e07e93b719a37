with stored as (
    insert into event (event_id, key, payload)
    select id::uuid, key, payload::json from unnest($1::text[], $2::bigint[], $3::text[]) as e (id, key, payload)
    returning id
)
insert into outbox (id, due_at) select id, 0 from stored;
