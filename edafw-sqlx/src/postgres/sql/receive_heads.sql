-- Leases lanes and messages without one, those first that have been visible for longest. Answers the messages,
-- the lanes without a message, and one row of nulls where there is no such queue.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), lane as materialized (
    select lane, visible_at
    from edafw_lane
    where queue = $1 and visible_at <= (select now from moment)
    order by visible_at, lane
    limit $2
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
    returning m.position, m.body, m.receives
)
select position, null::text as lane, body, receives from taken
union all
select null, lane, null, null from chosen where lane is not null
union all
select null, null, null, null where not exists (select 1 from edafw_queue where name = $1);
