insert into edafw_message (queue, lane, body, visible_at)
select q.name,
       case when q.ordered then m.value ->> 1 end,
       m.value ->> 2,
       case when not q.ordered or m.value ->> 1 is null
                 or (m.value ->> 3 and not exists (
                     select 1 from edafw_message earlier
                     where earlier.queue = q.name and earlier.lane = m.value ->> 1))
            then ?3 end
from json_each(?1) m
join edafw_queue q on q.name = ?2
order by m.key
returning queue;
