-- What is in hand stays so, each run by itself; the others may be received as soon as they may be tried.
with moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), queue as (
    update edafw_queue set ordered = false where name = $1
), lane as (
    delete from edafw_lane where queue = $1 returning lane, visible_at, token, held_to
)
update edafw_message m
set lane = null, not_before = null,
    token = case when m.position <= l.held_to then l.token end,
    visible_at = case when m.position <= l.held_to and l.token is not null then l.visible_at
                      else coalesce(m.not_before, (select now from moment)) end,
    receives = m.receives + case when m.position <= l.held_to and l.token is not null then 1 else 0 end
from lane l
where m.queue = $1 and m.lane = l.lane;
