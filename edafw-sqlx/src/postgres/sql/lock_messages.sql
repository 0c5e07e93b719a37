-- Locks the lanes of messages, then the runs that have none, in one order for everybody. What follows is a statement of its
-- own: it must see what others did before they let go of these.
with known as materialized (
    select position, queue, lane
    from edafw_message
    where position = any(array(select position - position % 100 from unnest($1::bigint[]) as m (position)))
), lane as materialized (
    select from edafw_lane l
    where (l.queue, l.lane) in (select queue, lane from known where lane is not null)
    order by l.queue, l.lane
    for update
), loose as materialized (
    select from edafw_message m
    where m.position = any(array(select position from known where lane is null))
    order by m.position
    for update
)
select (select count(*) from lane) + (select count(*) from loose);
