insert into edafw_attempt (subscriber, source, name, idempotency_key, attempts, first_at)
values (?1, ?2, ?3, ?4, 1, ?5)
on duplicate key update attempts = edafw_attempt.attempts + 1;
