insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at, last_error)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on conflict (subscriber, source, name, idempotency_key) do update
set attempts = max(attempts, excluded.attempts), last_error = excluded.last_error;
