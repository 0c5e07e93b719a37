-- Held until the messages are there: a queue must not change its name or its order in between.
select b.event, b.queue, q.ordered
from edafw_binding b force index (primary)
straight_join edafw_queue q force index (primary) on q.name = b.queue
where b.topic = ?1
lock in share mode;
