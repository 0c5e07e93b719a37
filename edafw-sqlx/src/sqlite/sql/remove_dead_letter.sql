delete from edafw_attempt
where (subscriber, source, name, idempotency_key) in (
    select subscriber, source, name, idempotency_key from edafw_dead_letter where id = ?1
);
delete from edafw_dead_letter where id = ?1 returning id;
