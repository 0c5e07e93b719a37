-- Locks the heads of keys: of each key the unsent event with the lowest position, and every event without a key.
--
-- What must stay true: who sends events of a key holds the lock of its head while it decides, and leaves a lease
-- on it. So a key has one sender at a time, whatever the number of relays, and its events go out in order. A head
-- that somebody has locked is passed over; one that changed since this statement began is looked at again.
--
-- Only the first 2,000 unsent events are looked at. Of what stands behind them claim_heads_beyond.sql knows.
with moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), near as materialized (
    select position, key, due_at from edafw_outbox where sent_at is null order by position limit 2000
), first as (
    select position, due_at from near where key is null
    union all
    (select distinct on (key) position, due_at from near where key is not null order by key, position)
), head as materialized (
    -- More than are wanted, because others may have locked some.
    select position from first where due_at <= (select now from moment) order by position limit $1 + 500
)
select o.position, o.key
from edafw_outbox o
where o.position in (select position from head)
  and o.sent_at is null
  and o.due_at <= (select now from moment)
order by o.position
limit $1
for update of o skip locked;
