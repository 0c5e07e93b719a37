update edafw_message
set token = ?4, receives = receives + 1
where position in (
    select position from edafw_message
    where queue = ?1 and lane in (select value from json_each(?3)) and visible_at is null
    order by position
    limit ?2
)
returning position, lane, body, receives;
