select exists (
    select 1
    from edafw_event e
    join edafw_message m on m.event = e.position
    where e.key = $1
);
