select exists (
    select 1
    from edafw_message m
    cross join lateral unnest(m.events) as part (event)
    join edafw_event e on e.position = part.event
    where e.key = $1
);
