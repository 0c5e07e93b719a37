update edafw_queue set ordered = 0 where name = ?1;
update edafw_message set visible_at = coalesce(visible_at, ?2), lane = null where queue = ?1;
