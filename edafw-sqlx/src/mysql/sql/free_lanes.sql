-- Nobody holds them any more: visible at the given moment, or now where that is past.
update edafw_lane force index (primary)
set token = null, held_to = 0, visible_at = greatest(?3, ?4)
where queue = ?1 and lane in ?2;
