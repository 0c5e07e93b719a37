-- Lets leases end $3 milliseconds from now. Answers the messages that the tokens still hold.
with moment as materialized (
    select coalesce($4::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), receipt as materialized (
    select * from unnest($1::bigint[], $2::bigint[]) as r (position, token)
), named as materialized (
    select m.position, m.queue, m.lane, m.token
    from edafw_message m
    join receipt r on r.position = m.position and r.token = m.token
), lane as materialized (
    select l.queue, l.lane, l.token
    from edafw_lane l
    where (l.queue, l.lane) in (select queue, lane from named where lane is not null)
    order by l.queue, l.lane
    for update
), held as materialized (
    -- Not a join: its cost must not grow with the square of the messages when the server expects few.
    select queue, lane, position
    from named
    where coalesce((queue, lane, token) in (select queue, lane, token from lane), false)
), longer as (
    update edafw_lane l
    set visible_at = (select now from moment) + $3
    from (select distinct queue, lane from held) h
    where l.queue = h.queue and l.lane = h.lane
), loose as materialized (
    -- One that is locked is being acknowledged or given back: who waited for it could be in a deadlock with that.
    select m.position
    from named n
    join edafw_message m on m.position = n.position and m.token = n.token
    where n.lane is null
    order by m.position
    for update of m skip locked
), longer_loose as (
    update edafw_message m
    set visible_at = (select now from moment) + $3
    from loose l
    where m.position = l.position
)
select position from held
union all
select position from named where lane is null;
