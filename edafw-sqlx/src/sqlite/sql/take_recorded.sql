begin immediate;
delete from edafw_message
where position in (
    select position from edafw_message
    where queue = ?1 and visible_at <= ?2
    order by visible_at, position
    limit ?3
)
returning event, body;
