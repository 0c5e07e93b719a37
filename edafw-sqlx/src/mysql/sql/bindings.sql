select b.queue, b.topic, b.event
from edafw_queue q
join edafw_binding b on b.queue = q.name
where q.service = ?1;
