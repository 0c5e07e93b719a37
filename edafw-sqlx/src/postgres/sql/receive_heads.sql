-- Leases lanes and messages without one, those first that have been visible for longest. Answers the messages,
-- the lanes without a message, and one row of nulls where there is no such queue. $6: whether to wait for the disk.
with recursive moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $6 then set_config('synchronous_commit', 'off', true) end
), visible as materialized (
    select array(
        select lane
        from edafw_lane
        where queue = $1 and visible_at <= (select now from moment)
        order by visible_at, lane
        limit $2
    ) as lanes
), enough as (
    -- As many lanes as it takes where a few messages come of each: what a lane costs, these share. Who receives few
    -- gets one of each, because he may handle them side by side. A lane behind these is not looked at.
    select 0 as lanes, 0::bigint as messages
    union all
    select e.lanes + 1,
           e.messages + (
               select count(*)
               from (
                   select 1
                   from edafw_message m
                   where m.queue = $1 and m.lane = (select lanes from visible)[e.lanes + 1]
                   limit greatest(1, $2 / 32)
               ) first
           )
    from enough e
    where e.messages < $2 and e.lanes < (select cardinality(lanes) from visible)
), lane as materialized (
    select lane, visible_at
    from edafw_lane
    where queue = $1 and lane = any((select lanes from visible)[:(select max(lanes) from enough)]) and visible_at <= (select now from moment)
    order by visible_at, lane
    for update skip locked
), loose as materialized (
    select position, visible_at
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit $2
    for update skip locked
), chosen as materialized (
    select lane, position
    from (
        select lane, null::bigint as position, visible_at from lane
        union all
        select null, position, visible_at from loose
    ) head
    order by visible_at, position nulls first, lane
    limit $2
), leased as (
    update edafw_lane l
    set visible_at = (select now from moment) + $4, token = $5
    where l.queue = $1 and l.lane = any(array(select lane from chosen where lane is not null))
), taken as (
    update edafw_message m
    set visible_at = (select now from moment) + $4, token = $5, receives = m.receives + 1
    where m.position = any(array(select position from chosen where position is not null))
    returning m.position, m.body, m.receives, m.event
)
-- One event after the other, by its position: they are few, whatever the server expects.
select t.position, null::text as lane, t.body, t.receives, e.*
from taken t
left join lateral (
    select event_id::text, channel, source, name, version, key, time, payload::text, headers::text
    from edafw_event
    where position = t.event
    offset 0
) e on true
union all
select null, lane, null, null, null, null, null, null, null, null, null, null, null
from chosen
where lane is not null
union all
select null, null, null, null, null, null, null, null, null, null, null, null, null
where not exists (select 1 from edafw_queue where name = $1);
