select '' as queue, exists (select 1 from edafw_outbox where sent_at is null and due_at <= ?1) as due,
       null as next_at
union all
select q.name,
       exists (select 1 from edafw_message m where m.queue = q.name and m.visible_at <= ?1),
       (select min(m.visible_at) from edafw_message m where m.queue = q.name and m.visible_at is not null)
from edafw_queue q;
