select o.position
from edafw_outbox o force index (edafw_outbox_state)
straight_join edafw_event e force index (primary) on e.position = o.position
where o.exhausted_at is null and o.sent_at < ?1 and e.stored_at < ?2
order by o.sent_at
limit ?3;
