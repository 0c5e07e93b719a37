-- The queues; `due.sql` says the same of the outbox.
select q.name,
       exists (
           select 1 from edafw_lane l force index (edafw_lane_visible)
           where l.queue = q.name and l.visible_at <= ?1
       ) or exists (
           select 1 from edafw_message m force index (edafw_message_lane)
           where m.queue = q.name and m.lane is null and m.visible_at <= ?1
       ) as due,
       (select min(l.visible_at) from edafw_lane l force index (edafw_lane_visible) where l.queue = q.name) - ?1
           as lane_in,
       (select min(m.visible_at) from edafw_message m force index (edafw_message_lane)
        where m.queue = q.name and m.lane is null) - ?1 as message_in
from edafw_queue q;
