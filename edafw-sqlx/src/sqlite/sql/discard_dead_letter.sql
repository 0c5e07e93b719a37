insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
select subscriber, source, name, idempotency_key, ?2 from edafw_dead_letter where id = ?1
on conflict (subscriber, source, name, idempotency_key) do nothing;
