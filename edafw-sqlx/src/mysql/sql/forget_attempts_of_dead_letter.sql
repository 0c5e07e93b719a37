delete a
from edafw_dead_letter d
straight_join edafw_attempt a force index (primary)
    on a.subscriber = d.subscriber and a.source = d.source and a.name = d.name
    and a.idempotency_key = d.idempotency_key
where d.id = ?1;
