-- The unsent rows of one key, from the first one on.
select position, `key`, due_at <= ?1 as due
from edafw_outbox force index (edafw_outbox_key)
where `key` = ?3 and sent_at is null
order by position
limit ?2;
