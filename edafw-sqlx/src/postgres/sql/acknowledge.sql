-- Removes messages that the tokens hold. Answers a row for each that is there: by which token it is
-- removed, if it is, and its lane. Lanes are locked first, in one order for everybody.
-- Messages are found by their positions and compared in hashed lists, never joined: a plan for few must do for many.
with receipt as materialized (
    select * from unnest($1::bigint[], $2::bigint[]) as r (position, token)
), known as materialized (
    select m.position, m.token, m.queue, m.lane
    from edafw_message m
    where m.position = any($1)
), lane as materialized (
    select l.queue, l.lane, l.token
    from edafw_lane l
    where (l.queue, l.lane) in (select queue, lane from known where lane is not null)
    order by l.queue, l.lane
    for update
), gone as (
    delete from edafw_message m
    where m.position = any($1)
      and coalesce((m.position, m.token) in (select position, token from receipt), false)
      and (m.lane is null or coalesce((m.queue, m.lane, m.token) in (select queue, lane, token from lane), false))
    returning m.position, m.token
)
select k.position, case when coalesce(k.position in (select position from gone), false) then k.token end, k.queue, k.lane
from known k;
