select position, `key`
from edafw_outbox force index (edafw_outbox_state)
where exhausted_at is null and sent_at < ?1
order by sent_at
limit ?2;
