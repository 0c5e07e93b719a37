insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at, last_error)
values ($1, $2, $3, $4, $5, coalesce($6::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint), $7)
on conflict (subscriber, source, name, idempotency_key) do update
set attempts = greatest(edafw_attempt.attempts, excluded.attempts), last_error = excluded.last_error;
