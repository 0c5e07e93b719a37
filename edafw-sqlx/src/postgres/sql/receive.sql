-- Takes the first messages of the leased lanes $2: one of each, then what follows, up to $3 of a lane and $4 in
-- all. A statement of its own, because it must see what was sent before the lanes were locked. A message that is to
-- be tried again later holds the rest of its lane.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), candidate as (
    select m.position, row_number() over lane as nth,
           bool_or(coalesce(m.not_before, 0) > (select now from moment)) over lane as held
    from unnest($2::text[]) as l (lane)
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
)
update edafw_message m
set token = $6, receives = m.receives + 1, not_before = null
from chosen c
where m.position = c.position
returning m.position, m.lane, m.body, m.receives;
