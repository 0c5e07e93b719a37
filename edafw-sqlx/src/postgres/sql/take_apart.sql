-- Makes a run of its own of each message in the first run of the queue $1 that nobody has: for who handles them side by
-- side, each in a transaction of its own, so that none of these waits for another one's row. $3: whether to wait for the disk.
with moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $3 then set_config('synchronous_commit', 'off', true) end
), run as materialized (
    select position
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment) and cardinality(events) > 1
    order by visible_at, position
    limit 1
    for update skip locked
), gone as (
    delete from edafw_message
    where position = any(array(select position from run))
    returning queue, events, visible_at, receives
)
insert into edafw_message (queue, events, visible_at, receives)
select g.queue, array[part.event], g.visible_at, g.receives
from gone g
cross join lateral unnest(g.events) with ordinality as part (event, place)
where part.event is not null
order by part.place;
