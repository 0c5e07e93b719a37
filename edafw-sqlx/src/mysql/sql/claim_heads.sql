-- The first unsent row of every key, where it is due: one step in the index per key.
select o.position, o.`key`, 1 as due
from (
    select min(position) as position
    from edafw_outbox force index (edafw_outbox_key)
    where sent_at is null and `key` is not null
    group by `key`
) head
straight_join edafw_outbox o force index (primary) on o.position = head.position
where o.due_at <= ?1
order by o.position
limit ?2;
