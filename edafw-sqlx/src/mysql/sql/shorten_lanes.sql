-- Their receiver gave back what is behind held_to.
update edafw_lane force index (primary)
set held_to = case lane ?3 end
where queue = ?1 and lane in ?2;
