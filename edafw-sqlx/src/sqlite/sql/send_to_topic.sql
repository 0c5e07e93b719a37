insert into edafw_message (queue, lane, body, visible_at)
select b.queue,
       case when q.ordered then m.value ->> 1 end,
       m.value ->> 2,
       case when not q.ordered or m.value ->> 1 is null
                 or (m.value ->> 3 and not exists (
                     select 1 from edafw_message earlier
                     where earlier.queue = b.queue and earlier.lane = m.value ->> 1))
            then ?3 end
from json_each(?1) m
join edafw_binding b on b.topic = ?2 and b.event in (m.value ->> 0, '*')
join edafw_queue q on q.name = b.queue
order by m.key
returning queue;
