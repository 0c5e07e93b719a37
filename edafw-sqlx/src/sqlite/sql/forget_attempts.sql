delete from edafw_attempt
where (subscriber, source, name, idempotency_key) in (
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from json_each(?1)
);
