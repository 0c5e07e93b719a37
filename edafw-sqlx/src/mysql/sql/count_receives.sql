-- The receiver of before never said what became of these.
update edafw_message force index (edafw_message_lane)
set receives = receives + 1
where queue = ?1 and lane = ?2 and visible_at is null and position <= ?3;
