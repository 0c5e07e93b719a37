-- Answers which queues there is something new in. $6: whether to notify other processes.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), message as (
    select * from unnest($1::text[], $2::text[], $3::text[]) with ordinality as m (name, key, body, place)
), target as materialized (
    select q.name as queue, case when q.ordered then m.key end as lane, m.body, m.place
    from message m
    join edafw_queue q on q.name = $4
), lane as (
    -- Adds the lane or locks it, in one order for everybody: positions are given out while it is held, so that
    -- they rise with the commits of a lane. One that is there is locked, although nothing is to be written.
    insert into edafw_lane (queue, lane, visible_at)
    select distinct queue, lane, (select now from moment) from target where lane is not null order by queue, lane
    on conflict (queue, lane) do update set visible_at = edafw_lane.visible_at where false
    returning 1
), sent as (
    insert into edafw_message (queue, lane, body, visible_at)
    select queue, lane, body, case when lane is null then (select now from moment) end
    from target
    where (select count(*) from lane) >= 0
    order by queue, place
    returning queue
)
select queue, case when $6 then pg_notify('edafw', queue)::text end
from (select distinct queue from sent) s;
