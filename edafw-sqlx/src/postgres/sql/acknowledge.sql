-- Removes messages that the tokens hold. Answers a row for each that is there: by which token it is
-- removed, if it is, and its lane. Lanes are locked first, in one order for everybody.
with receipt as materialized (
    select * from unnest($1::bigint[], $2::bigint[]) as r (position, token)
), known as materialized (
    select m.position, m.queue, m.lane
    from edafw_message m
    where m.position in (select position from receipt)
), lane as materialized (
    select l.queue, l.lane, l.token
    from edafw_lane l
    where (l.queue, l.lane) in (select queue, lane from known where lane is not null)
    order by l.queue, l.lane
    for update
), gone as (
    delete from edafw_message m
    using receipt r
    where m.position = r.position and m.token = r.token
      and (m.lane is null or (m.queue, m.lane, m.token) in (select queue, lane, token from lane))
    returning m.position, m.token
)
select k.position, g.token, k.queue, k.lane
from known k
left join gone g on g.position = k.position;
