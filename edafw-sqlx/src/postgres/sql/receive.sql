-- Takes the first messages of the leased lanes $2, as far as the token $6 still has them: one of each, then what follows,
-- up to $3 of a lane and $4 in all. A statement of its own, because it must see what was sent before the lanes were
-- leased. A message that is to be tried again later holds the rest of its lane. $7: whether to wait for the disk. $8: how
-- far the lane's receiver of before had it, who never said what became of that.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $7 then set_config('synchronous_commit', 'off', true) end
), held as materialized (
    select named.lane, named.expired
    from (select * from unnest($2::text[], $8::bigint[]) as n (lane, expired) order by lane collate "C") named
    cross join lateral (
        select from edafw_lane l where l.queue = $1 and l.lane = named.lane and l.token = $6 for update
    ) locked
), counted as (
    update edafw_message
    set receives = receives + 1
    where position = any(array(
        select m.position
        from held h
        cross join lateral (
            select position from edafw_message where queue = $1 and lane = h.lane and position <= h.expired offset 0
        ) m
        where h.expired is not null
    ))
), run as (
    select h.lane, h.expired, m.position, m.body, m.events, m.not_before, m.receives,
           sum(m.size) over (partition by h.lane order by m.position) - m.size as before
    from held h
    cross join lateral (
        select position, body, events, not_before, receives, coalesce(cardinality(events), 1) as size
        from edafw_message
        where queue = $1 and lane = h.lane
        order by position
        limit $3
    ) m
), candidate as (
    select r.position + part.place - 1 as position, r.lane, r.body, part.event, row_number() over lane as nth,
           r.receives + case when r.position + part.place - 1 <= r.expired then 2 else 1 end as receives,
           bool_or(coalesce(r.not_before, 0) > (select now from moment)) over lane as held
    from run r
    cross join lateral unnest(coalesce(r.events, array[null::bigint])) with ordinality as part (event, place)
    where r.before < $3 and (part.event is not null or r.body is not null)
    window lane as (partition by r.lane order by r.position, part.place)
), chosen as materialized (
    select position, lane, body, receives, event from candidate where not held order by nth > 1, position limit $4
), taken as (
    update edafw_lane l
    set held_to = c.last
    from (select lane, max(position) as last from chosen group by lane) c
    where l.queue = $1 and l.lane = c.lane
)
-- One event after the other, by its position: they are few, whatever the server expects.
select c.position, c.lane, c.body, c.receives, e.*
from chosen c
left join lateral (
    select event_id::text, channel, source, name, version, key, time, payload::text, headers::text
    from edafw_event
    where position = c.event
    offset 0
) e on true;
