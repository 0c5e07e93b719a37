select position, `key`, 1 as due
from edafw_outbox force index (edafw_outbox_key)
where `key` is null and sent_at is null and due_at <= ?1
order by position
limit ?2;
