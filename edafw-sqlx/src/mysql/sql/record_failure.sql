insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at, last_error)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
on duplicate key update attempts = greatest(edafw_attempt.attempts, ?5), last_error = ?7;
