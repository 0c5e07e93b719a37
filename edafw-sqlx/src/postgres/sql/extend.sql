-- Lets leases end $3 milliseconds from now. Answers the messages that the tokens still hold.
with moment as materialized (
    select coalesce($4::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), named as materialized (
    select r.position, r.token, m.position as run, m.queue, m.lane, m.token as holder
    from unnest($1::bigint[], $2::bigint[]) as r (position, token)
    cross join lateral (
        select position, queue, lane, token
        from edafw_message
        where position = r.position - r.position % 100 and (events is null or events[r.position % 100 + 1] is not null)
        offset 0
    ) m
), lane as materialized (
    select n.queue, n.lane, n.positions, locked.held_to
    from (
        select queue, lane, token, array_agg(position) as positions
        from named
        where lane is not null
        group by queue, lane, token
        order by queue, lane
    ) n
    cross join lateral (
        select held_to from edafw_lane l where l.queue = n.queue and l.lane = n.lane and l.token = n.token for update
    ) locked
), longer as (
    update edafw_lane l
    set visible_at = (select now from moment) + $3
    from lane h
    where l.queue = h.queue and l.lane = h.lane
), loose as materialized (
    -- One that is locked is being acknowledged or given back: who waited for it could be in a deadlock with that.
    select position
    from edafw_message
    where position = any(array(select distinct run from named where lane is null and holder = token))
    order by position
    for update skip locked
), longer_loose as (
    update edafw_message m
    set visible_at = (select now from moment) + $3
    where m.position = any(array(select position from loose))
)
select position
from lane
cross join lateral unnest(positions) as p (position)
where position <= held_to
union all
select position from named where lane is null and holder = token;
