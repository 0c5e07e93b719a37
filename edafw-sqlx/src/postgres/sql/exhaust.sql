with old as (
    select o.position
    from edafw_outbox o
    join edafw_event e on e.position = o.position
    where o.sent_at < $3 and o.sent_at is not null and o.exhausted_at is null and e.stored_at < $2
    order by o.sent_at
    limit $4
    for update of o skip locked
)
update edafw_outbox o
set exhausted_at = $1
from old
where o.position = old.position;
