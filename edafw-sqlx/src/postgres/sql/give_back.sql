-- Gives messages back that the tokens hold, to be received again after $3 milliseconds; $4: receives that do not
-- count. What the receiver has of a lane behind such a message goes back with it, uncounted: its effects would
-- come before that message's. Answers the lanes to be settled.
with moment as materialized (
    select coalesce($5::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
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
), given as materialized (
    -- Not a join: its cost must not grow with the square of the messages when the server expects few.
    select queue, lane, token, min(position) as first
    from named
    where coalesce((queue, lane, token) in (select queue, lane, token from lane), false)
    group by queue, lane, token
), back as materialized (
    -- Who receives takes at most 1,000 messages, the first of the lane.
    select b.position, b.token
    from given g
    cross join lateral (
        select m.position, m.token
        from edafw_message m
        where m.queue = g.queue and m.lane = g.lane and m.position >= g.first
        order by m.position
        limit 1000
    ) b
    where b.token = g.token
), laned as (
    update edafw_message m
    set token = null,
        not_before = case when m.position = any($1) and $3 > 0 then (select now from moment) + $3
                          else m.not_before end,
        receives = m.receives - case when m.position = any($1) then $4 else 1 end
    from back b
    where m.position = b.position and m.token = b.token
), loose as (
    update edafw_message m
    set token = null, visible_at = (select now from moment) + $3, receives = m.receives - $4
    from named n
    where m.position = n.position and m.lane is null and m.token = n.token
)
select queue, lane from given;
