update edafw_queue set name = ?2 where name = ?1;
update edafw_binding set queue = ?2 where queue = ?1;
update edafw_lane set queue = ?2 where queue = ?1;
update edafw_message set queue = ?2 where queue = ?1;
