update edafw_lane force index (primary)
set visible_at = ?3
where queue = ?1 and lane in ?2;
