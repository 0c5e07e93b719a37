-- After messages of these lanes were removed or given back: an empty lane is gone; one whose first message is with
-- the lane's receiver stays with it; any other is free, as soon as its first message may be received. Run with
-- the lanes locked, and as a statement of its own: it must see what others sent before they were.
--
-- Answers the queues of lanes that are free now, and in how many milliseconds.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), next as materialized (
    select l.queue, l.lane, first.position, first.token, first.not_before
    from unnest($1::text[], $2::text[]) as l (queue, lane)
    left join lateral (
        select m.position, m.token, m.not_before
        from edafw_message m
        where m.queue = l.queue and m.lane = l.lane
        order by m.position
        limit 1
    ) first on true
), empty as (
    delete from edafw_lane l
    using next n
    where l.queue = n.queue and l.lane = n.lane and n.position is null
)
update edafw_lane l
set token = null, visible_at = greatest((select now from moment), coalesce(n.not_before, 0))
from next n
where l.queue = n.queue and l.lane = n.lane and n.position is not null and l.token is distinct from n.token
returning l.queue, l.visible_at - (select now from moment);
