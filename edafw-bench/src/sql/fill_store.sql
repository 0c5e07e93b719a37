-- $1 published events of 100,000 keys.
insert into edafw_event
    (event_id, channel, source, name, version, key, time, payload, headers, stored_at, published_at)
select gen_random_uuid(), 'internal', 'bench', 'bench.flowed', 1, (n % 100000)::text, n,
       '{"number":1,"note":"forty bytes of a note about a movement.."}',
       '{"idempotencykey":"018f4e6a-7c00-7000-8000-0000000000aa","correlationid":"018f4e6a-7c00-7000-8000-0000000000aa"}',
       n, n
from generate_series(1, $1::bigint) n;
