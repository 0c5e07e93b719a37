update edafw_message
set token = ?2, not_before = null, receives = receives + 1
where position in (select value from json_each(?1))
returning position, lane, body, receives, event;
