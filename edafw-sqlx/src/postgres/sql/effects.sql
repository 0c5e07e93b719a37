-- What every subscriber has made of an act. All indexes begin with the subscriber, and nobody says which there are: their names
-- are looked up one after the other, which reads one entry of an index for each.
with recursive
inboxed (subscriber) as (
    select min(subscriber) from edafw_inbox
    union all
    select (select min(t.subscriber) from edafw_inbox t where t.subscriber > inboxed.subscriber)
    from inboxed where inboxed.subscriber is not null
),
buried (subscriber) as (
    select min(subscriber) from edafw_dead_letter
    union all
    select (select min(t.subscriber) from edafw_dead_letter t where t.subscriber > buried.subscriber)
    from buried where buried.subscriber is not null
),
tried (subscriber) as (
    select min(subscriber) from edafw_attempt
    union all
    select (select min(t.subscriber) from edafw_attempt t where t.subscriber > tried.subscriber)
    from tried where tried.subscriber is not null
)
select i.subscriber, 0::bigint as kind, i.processed_at, 0::bigint as id, 0::bigint as attempts, null::text as error, null::text as cause
from inboxed join edafw_inbox i
on i.subscriber = inboxed.subscriber and i.source = $1 and i.name = $2
  and i.idempotency_key = $3
union all
select d.subscriber, 1::bigint, d.at, d.id, d.attempts, d.error, d.cause
from buried join edafw_dead_letter d
on d.subscriber = buried.subscriber and d.source = $1 and d.name = $2
  and d.idempotency_key = $3
union all
select a.subscriber, 2::bigint, a.first_at, 0::bigint, a.attempts, a.last_error, null::text
from tried join edafw_attempt a
on a.subscriber = tried.subscriber and a.source = $1 and a.name = $2
  and a.idempotency_key = $3
order by 1, 2;
