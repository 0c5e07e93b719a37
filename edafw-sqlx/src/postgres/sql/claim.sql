-- With the heads $1 of the keys $2 locked: takes them and what follows them, up to $3 events of a key and $4 in
-- all, and answers the events. A statement of its own, because it must see what was settled before the heads were
-- locked.
--
-- A head that is none any more is left: between the two statements an earlier event of its key was committed, and
-- what follows the head may have waited for that one.
--
-- An event that is not due, whether it backs off or is with somebody else, holds what is behind it in its key; and
-- so does one that somebody is settling at this moment. It waits for nobody, so it is in no deadlock.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), standing as materialized (
    select head.position, head.key
    from unnest($1::bigint[], $2::text[]) as head (position, key)
    where not exists (
        select 1 from edafw_outbox o
        where o.key = head.key and o.sent_at is null and o.position < head.position)
), follower as (
    select behind.position, head.key,
           bool_or(behind.due_at > (select now from moment))
               over (partition by head.key order by behind.position) as held
    from standing head
    cross join lateral (
        select o.position, o.due_at
        from edafw_outbox o
        where o.key = head.key and o.sent_at is null and o.position > head.position
        order by o.position
        limit $3
    ) behind
), wanted as materialized (
    select position, key from standing
    union all
    (select position, key from follower where not held order by position limit $4)
), locked as materialized (
    select o.position
    from edafw_outbox o
    where o.position in (select position from wanted) and o.sent_at is null
      and o.due_at <= (select now from moment)
    order by o.position
    for update skip locked
), unbroken as materialized (
    select position,
           bool_and(coalesce(position in (select position from locked), false))
               over (partition by key, case when key is null then position end order by position) as is_it
    from wanted
), taken as (
    update edafw_outbox o
    set due_at = (select now from moment) + $6, token = $7
    from unbroken u
    where u.is_it and o.position = u.position
    returning o.position, o.generation, o.attempts
)
select e.position, e.event_id::text, e.channel, e.source, e.name, e.version, e.key, e.time, e.payload::text,
       e.headers::text, t.generation, t.attempts
from taken t
join edafw_event e on e.position = t.position
order by e.position;
