insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
select d.subscriber, d.source, d.name, d.idempotency_key, ?2 from edafw_dead_letter d where d.id = ?1
on duplicate key update processed_at = edafw_inbox.processed_at;
