select position, body, receives, coalesce(not_before > ?5, 0) as waits
from edafw_message force index (edafw_message_lane)
where queue = ?1 and lane = ?2 and visible_at is null and position > ?3
order by position
limit ?4;
