-- The outbox under the empty name, by the same conditions as a claim; then the queues. The last column says in
-- how many milliseconds something becomes visible.
with moment as materialized (
    select coalesce($1::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), near as materialized (
    select position, key, due_at from edafw_outbox where sent_at is null order by position limit 2000
), head as materialized (
    select due_at from near where key is null
    union all
    (select distinct on (key) due_at from near where key is not null order by key, position)
)
select '' as queue, case
    -- The first unsent event of all is the head of its key: mostly nothing else needs to be looked at.
    when (select due_at <= (select now from moment) from edafw_outbox where sent_at is null order by position limit 1)
        then true
    when exists (select 1 from head where due_at <= (select now from moment)) then true
    when (select count(*) from near) < 2000 then false
    else exists (
        with recursive first as (
            (
                select key, due_at
                from edafw_outbox
                where sent_at is null and key is not null
                order by key, position
                limit 1
            )
            union all
            select next.key, next.due_at
            from first
            cross join lateral (
                select o.key, o.due_at
                from edafw_outbox o
                where o.sent_at is null and o.key is not null and o.key > first.key
                order by o.key, o.position
                limit 1
            ) next
        )
        select 1 from first where due_at <= (select now from moment)
    ) or exists (
        select 1 from edafw_outbox
        where sent_at is null and key is null and due_at <= (select now from moment)
    )
end as due, null::bigint as next_in
union all
select q.name, at.next <= m.now, at.next - m.now
from edafw_queue q
cross join moment m
cross join lateral (
    select least(
        (select min(l.visible_at) from edafw_lane l where l.queue = q.name),
        (select min(e.visible_at) from edafw_message e where e.queue = q.name and e.lane is null)
    ) as next
) at
where at.next is not null;
