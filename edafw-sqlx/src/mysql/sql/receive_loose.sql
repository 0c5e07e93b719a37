select position, body, receives, visible_at
from edafw_message force index (edafw_message_lane)
where queue = ?1 and lane is null and visible_at <= ?2
order by visible_at, position
limit ?3
for update skip locked;
