-- What is in hand stays so, each message by itself; the others may be received as soon as they may be tried.
with moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), queue as (
    update edafw_queue set ordered = false where name = $1
), lane as (
    delete from edafw_lane where queue = $1 returning lane, visible_at, token
)
update edafw_message m
set lane = null, not_before = null,
    visible_at = case when m.token = l.token then l.visible_at
                      else coalesce(m.not_before, (select now from moment)) end
from lane l
where m.queue = $1 and m.lane = l.lane;
