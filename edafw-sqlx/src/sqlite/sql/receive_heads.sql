update edafw_message
set visible_at = ?3 + ?4, token = ?5, receives = receives + 1
where position in (
    select position from edafw_message
    where queue = ?1 and visible_at <= ?3
    order by visible_at, position
    limit ?2
)
returning position, lane, body, receives, event;
