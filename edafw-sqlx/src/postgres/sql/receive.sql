-- Takes the first messages of the leased lanes $2, as far as the token $6 still has them: one of each, then what follows,
-- up to $3 of a lane and $4 in all. A statement of its own, because it must see what was sent before the lanes were
-- leased. A message that is to be tried again later holds the rest of its lane. $7: whether to wait for the disk.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $7 then set_config('synchronous_commit', 'off', true) end
), held as materialized (
    select lane
    from edafw_lane
    where queue = $1 and lane = any($2) and token = $6
    order by lane
    for update
), candidate as (
    select m.position, row_number() over lane as nth,
           bool_or(coalesce(m.not_before, 0) > (select now from moment)) over lane as held
    from held l
    cross join lateral (
        select position, lane, not_before
        from edafw_message
        where queue = $1 and lane = l.lane
        order by position
        limit $3
    ) m
    window lane as (partition by m.lane order by m.position)
), chosen as materialized (
    select position from candidate where not held order by nth > 1, position limit $4
), taken as (
    update edafw_message m
    set token = $6, receives = m.receives + 1, not_before = null
    from chosen c
    where m.position = c.position
    returning m.position, m.lane, m.body, m.receives, m.event
)
-- One event after the other, by its position: they are few, whatever the server expects.
select t.position, t.lane, t.body, t.receives, e.*
from taken t
left join lateral (
    select event_id::text, channel, source, name, version, key, time, payload::text, headers::text
    from edafw_event
    where position = t.event
    offset 0
) e on true;
