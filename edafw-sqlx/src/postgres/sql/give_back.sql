-- Gives the messages $1 back that the tokens $2 hold, with their lanes and runs locked, to be received again after $3
-- milliseconds; $4: receives that do not count. What the receiver has of a lane behind such a message goes back with it,
-- uncounted: its effects would come before that message's. One that leaves others of its run behind gets a run of its own.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), named as materialized (
    select position - position % 100 as run, token, array_agg(position % 100 + 1) as places
    from unnest($1::bigint[], $2::bigint[]) as r (position, token)
    group by 1, 2
), known as materialized (
    -- One after the other, by their keys: never a join whose cost grows with the square of what was named.
    select n.run, m.queue, m.lane, m.events, m.receives, l.held_to, array(
               select place
               from unnest(n.places) as p (place)
               where (m.events is null or m.events[place] is not null) and (m.lane is null or n.run + place - 1 <= l.held_to)
               order by place
           ) as places
    from named n
    cross join lateral (
        select queue, lane, events, receives, token from edafw_message where position = n.run offset 0
    ) m
    left join lateral (
        select token, held_to from edafw_lane where queue = m.queue and lane = m.lane offset 0
    ) l on true
    where case when m.lane is null then m.token = n.token else l.token = n.token end
), first as materialized (
    select queue, lane, held_to, min(run + places[1] - 1) as position
    from known
    where lane is not null and places <> '{}'
    group by queue, lane, held_to
), tried as (
    update edafw_message m
    set receives = m.receives + 1,
        not_before = case when $3 > 0 then (select now from moment) + $3 else m.not_before end
    from first f
    where m.position = f.position - f.position % 100 and $4 = 0
), lane as materialized (
    -- Whether something stands in the lane before what is given back.
    select f.queue, f.lane, f.position, head.not_before, head.position + (
               select min(place) - 1
               from unnest(coalesce(head.events, '{0}')) with ordinality as part (event, place)
               where event is not null
           ) < f.position as is_behind
    from first f
    cross join lateral (
        select m.position, m.events, m.not_before
        from edafw_message m
        where m.queue = f.queue and m.lane = f.lane
        order by m.position
        limit 1
    ) head
), shorter as (
    update edafw_lane l
    set held_to = b.position - 1
    from lane b
    where l.queue = b.queue and l.lane = b.lane and b.is_behind
), free as (
    update edafw_lane l
    set token = null, held_to = 0, visible_at = greatest((select now from moment) + $3, coalesce(b.not_before, 0))
    from lane b
    where l.queue = b.queue and l.lane = b.lane and not b.is_behind
), loose as materialized (
    select run, queue, receives, array(select events[place] from unnest(places) as p (place) order by place) as given, array(
               select case when place = any(places) then null else event end
               from unnest(events) with ordinality as part (event, place)
               order by place
           ) as kept
    from known
    where lane is null and places <> '{}'
), back as (
    update edafw_message m
    set token = null, visible_at = (select now from moment) + $3, receives = m.receives - $4
    from loose b
    where m.position = b.run and array_remove(b.kept, null) = '{}'
), cut as (
    update edafw_message m
    set events = b.kept
    from loose b
    where m.position = b.run and array_remove(b.kept, null) <> '{}'
)
insert into edafw_message (queue, events, visible_at, receives)
select queue, given, (select now from moment) + $3, receives - $4
from loose
where array_remove(kept, null) <> '{}';
