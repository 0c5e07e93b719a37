select lane, token, held_to, visible_at
from edafw_lane force index (edafw_lane_visible)
where queue = ?1 and visible_at <= ?2
order by visible_at
limit ?3
for update skip locked;
