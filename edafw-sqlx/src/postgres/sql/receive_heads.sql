-- Leases lanes and runs without one, those first that have been visible for longest, up to $2 messages. Answers the
-- messages; the lanes, with how far their receiver of before had them where his lease has ended; and at last a row without
-- a message or lane where there is no such queue, with 1 in it where nothing was taken but runs are there. $6: whether to
-- wait for the disk. $7: whether only runs of one message are taken.
with recursive moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $6 then set_config('synchronous_commit', 'off', true) end
), visible as materialized (
    select array_agg(lane) as lanes, array_agg(ctid) as rows
    from (
        select lane, ctid
        from edafw_lane
        where queue = $1 and visible_at <= (select now from moment)
        order by visible_at, lane
        limit $2
    ) first
), enough as (
    -- As many lanes as it takes where a few messages come of each: what a lane costs, these share. Who receives few
    -- gets one of each, because he may handle them side by side. A lane behind these is not looked at.
    select 0 as lanes, 0::bigint as messages
    union all
    select e.lanes + 1,
           e.messages + (
               select least(sum(size), greatest(1, $2 / 32))
               from (
                   select coalesce(cardinality(m.events), 1) as size
                   from edafw_message m
                   where m.queue = $1 and m.lane = (select lanes from visible)[e.lanes + 1]
                   limit greatest(1, $2 / 32)
               ) first
           )
    from enough e
    where e.messages < $2 and e.lanes < (select cardinality(lanes) from visible)
), lane as materialized (
    -- By where the rows are: comparing names with names would take the square of their number.
    select lane, visible_at, ctid as row, case when token is not null then held_to end as expired
    from edafw_lane
    where queue = $1 and ctid = any((select rows from visible)[:(select max(lanes) from enough)]) and visible_at <= (select now from moment)
    order by visible_at, lane
    for update skip locked
), front as materialized (
    select visible_at, position, coalesce(cardinality(events), 1) as size
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit $2
), loose as materialized (
    -- As many runs as hold the wanted messages at the front; others where somebody has locked those.
    select position, visible_at, coalesce(cardinality(events), 1) as size
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit (
        select count(*)
        from (select sum(size) over (order by visible_at, position) - size as before from front) counted
        where before < $2
    )
    for update skip locked
), chosen as materialized (
    select lane, row, expired, position
    from (
        select lane, row, expired, position, sum(size) over (order by visible_at, position nulls first, lane) as messages
        from (
            select lane, row, expired, null::bigint as position, visible_at, 1 as size from lane
            union all
            select null, null, null, position, visible_at, size from loose where size = 1 or not $7
        ) head
    ) counted
    where messages <= $2
), leased as (
    update edafw_lane l
    set visible_at = (select now from moment) + $4, token = $5
    where l.ctid = any(array(select row from chosen where row is not null))
), taken as (
    update edafw_message m
    set visible_at = (select now from moment) + $4, token = $5, receives = m.receives + 1
    where m.position = any(array(select position from chosen where position is not null))
    returning m.position, m.body, m.receives, m.events
)
-- One event after the other, by its position: they are few, whatever the server expects.
select t.position + part.place - 1 as position, null::text as lane, t.body, t.receives, e.*
from taken t
cross join lateral unnest(coalesce(t.events, array[null::bigint])) with ordinality as part (event, place)
left join lateral (
    select event_id::text, channel, source, name, version, key, time, payload::text, headers::text
    from edafw_event
    where position = part.event
    offset 0
) e on true
where part.event is not null or t.body is not null
union all
select null, lane, null, expired, null, null, null, null, null, null, null, null, null
from chosen
where lane is not null
union all
select null, null, null, 1, null, null, null, null, null, null, null, null, null
where not exists (select 1 from chosen) and exists (select 1 from loose)
union all
select null, null, null, null, null, null, null, null, null, null, null, null, null
where not exists (select 1 from edafw_queue where name = $1);
