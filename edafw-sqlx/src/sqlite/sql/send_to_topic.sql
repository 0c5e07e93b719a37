begin immediate;
insert into edafw_message (queue, lane, body, visible_at)
select queue, lane, body,
       case when lane is null
                 or (nth = 1 and not exists (
                     select 1 from edafw_message earlier
                     where earlier.queue = target.queue and earlier.lane = target.lane))
            then ?3 end
from (
    -- A queue that is bound to the event by name and by '*' counts once.
    select b.queue, case when q.ordered then m.value ->> 1 end as lane, m.value ->> 2 as body, m.key as entry,
           row_number() over (partition by b.queue, m.value ->> 1 order by m.key) as nth
    from json_each(?1) m
    join edafw_binding b on b.topic = ?2 and b.event in (m.value ->> 0, '*')
    join edafw_queue q on q.name = b.queue
    where b.event = '*' or not exists (
        select 1 from edafw_binding every
        where every.topic = b.topic and every.event = '*' and every.queue = b.queue)
) target
order by queue, entry;
-- Which queues there is something new in: one statement gives positions without a gap.
select distinct queue from edafw_message where changes() > 0 and position > last_insert_rowid() - changes();
commit;
