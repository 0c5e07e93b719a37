-- Removes the messages $1 that the tokens $2 hold, with their lanes and runs locked. An empty lane is gone. One whose first
-- message is in hand stays with its receiver; any other is free, as soon as that message may be received.
--
-- Answers the queues of lanes that are free now, and in how many milliseconds; and where not all were removed, for each run
-- and token which places of the run were, and which are there and not held, or a row of nulls if there are none.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), named as materialized (
    select position - position % 100 as run, token, array_agg(position % 100 + 1) as places
    from unnest($1::bigint[], $2::bigint[]) as r (position, token)
    group by 1, 2
), known as materialized (
    -- One after the other, by their keys: never a join whose cost grows with the square of what was named. `last`: how far
    -- the token holds the run.
    select n.run, n.token, m.queue, m.lane, m.events, l.held_to, coalesce(cardinality(m.events), 1) = 1 as is_one,
           case when m.lane is null then case when m.token = n.token then n.run + 99 end
                when l.token = n.token then l.held_to end as last,
           case when cardinality(m.events) > 1
                then array(select place from unnest(n.places) as p (place) where m.events[place] is not null)
                else n.places end as places
    from named n
    cross join lateral (
        select queue, lane, events, token from edafw_message where position = n.run offset 0
    ) m
    left join lateral (
        select token, held_to from edafw_lane where queue = m.queue and lane = m.lane offset 0
    ) l on true
), found as materialized (
    select k.*, case when last is null or last < run then '{}'
                     when is_one then places
                     else array(select place from unnest(places) as p (place) where run + place - 1 <= last) end as removed
    from known k
), settled as materialized (
    select f.*, case when is_one then '{}' else array(
               select case when place = any(removed) then null else event end
               from unnest(events) with ordinality as part (event, place)
               order by place
           ) end as kept
    from found f
), emptied as materialized (
    select run from settled where removed <> '{}' and array_remove(kept, null) = '{}'
), gone as (
    delete from edafw_message where position = any(array(select run from emptied))
), cut as (
    update edafw_message m
    set events = s.kept
    from settled s
    where m.position = s.run and s.removed <> '{}' and array_remove(s.kept, null) <> '{}'
), next as materialized (
    select l.queue, l.lane, l.held_to, first.not_before, first.position + case when cardinality(first.events) > 1 then (
               select min(place) - 1
               from unnest(coalesce((select s.kept from settled s where s.run = first.position and s.removed <> '{}'),
                                    first.events)) with ordinality as part (event, place)
               where event is not null
           ) else 0 end as position
    from (select distinct queue, lane, held_to from settled where lane is not null and removed <> '{}') l
    left join lateral (
        select m.position, m.events, m.not_before
        from edafw_message m
        where m.queue = l.queue and m.lane = l.lane and not coalesce(m.position in (select run from emptied), false)
        order by m.position
        limit 1
    ) first on true
), empty as (
    delete from edafw_lane l
    using next n
    where l.queue = n.queue and l.lane = n.lane and n.position is null
), free as (
    update edafw_lane l
    set token = null, held_to = 0, visible_at = greatest((select now from moment), coalesce(n.not_before, 0))
    from next n
    where l.queue = n.queue and l.lane = n.lane and n.position > n.held_to
    returning l.queue, l.visible_at - (select now from moment) as visible_in
)
select run, token, removed, case when removed = places then '{}' else array(
           select place from unnest(places) as p (place) where place <> all (removed)
       ) end as lost, null as queue, null as visible_in
from settled
where (select sum(cardinality(removed)) from settled) < cardinality($1)
union all
select null, null, null, null, queue, visible_in from free
union all
select null, null, null, null, null, null where not exists (select 1 from settled);
