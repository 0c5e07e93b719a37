-- The first unsent rows, whoever holds them; reads no row that is locked, and locks none.
select position, `key`, due_at <= ?1 as due
from edafw_outbox force index (edafw_outbox_state)
where exhausted_at is null and sent_at is null
order by position
limit ?2;
