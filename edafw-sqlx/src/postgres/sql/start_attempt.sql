insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at)
values ($1, $2, $3, $4, 1, coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint))
on conflict (subscriber, source, name, idempotency_key) do update
set attempts = edafw_attempt.attempts + 1
returning attempts;
