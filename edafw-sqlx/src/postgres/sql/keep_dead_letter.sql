insert into edafw_dead_letter
    (subscriber, source, name, idempotency_key, key, queue, body, cause, error, attempts, holds_key, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        coalesce($12::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint))
on conflict (subscriber, source, name, idempotency_key) do nothing;
