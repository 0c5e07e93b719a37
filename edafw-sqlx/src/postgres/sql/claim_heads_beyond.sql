-- The heads of all keys, where the first 2,000 unsent events yielded none: a step per key, not per event.
with recursive moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), near as materialized (
    select count(*) = 2000 as is_full
    from (select 1 from edafw_outbox where sent_at is null order by position limit 2000) first
), head as (
    (
        select key, position
        from edafw_outbox
        where sent_at is null and key is not null
          and (select is_full from near)
        order by key, position
        limit 1
    )
    union all
    select next.key, next.position
    from head
    cross join lateral (
        select o.key, o.position
        from edafw_outbox o
        where o.sent_at is null and o.key is not null and o.key > head.key
        order by o.key, o.position
        limit 1
    ) next
), free as (
    select position
    from edafw_outbox
    where sent_at is null and key is null and due_at <= (select now from moment)
      and (select is_full from near)
    order by position
    limit $1
)
select o.position, o.key
from edafw_outbox o
where o.position in (select position from head union all select position from free)
  and o.sent_at is null
  and o.due_at <= (select now from moment)
order by o.position
limit $1
for update of o skip locked;
