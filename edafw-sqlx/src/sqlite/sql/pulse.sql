-- The outbox under the empty name, by the same condition as a claim; then the queues.
select '' as queue, exists (
    select 1
    from edafw_outbox candidate
    where candidate.sent_at is null
      and candidate.due_at <= ?1
      and not exists (
          select 1
          from edafw_outbox earlier
          where earlier.key = candidate.key
            and earlier.sent_at is null
            and earlier.position < candidate.position
            and earlier.due_at > 0
            and earlier.due_at > ?1
      )
) as due, null as next_at
union all
select q.name,
       exists (select 1 from edafw_message m where m.queue = q.name and m.visible_at <= ?1),
       (select min(m.visible_at) from edafw_message m where m.queue = q.name and m.visible_at is not null)
from edafw_queue q;
