update edafw_lane force index (primary)
set visible_at = ?4, token = ?5, held_to = case lane ?3 end
where queue = ?1 and lane in ?2;
