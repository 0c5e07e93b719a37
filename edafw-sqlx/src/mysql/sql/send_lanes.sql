-- A new lane is visible at once; one that is there has messages already, and is locked here and otherwise left alone.
insert into edafw_lane (queue, lane, visible_at) values ?1
on duplicate key update held_to = edafw_lane.held_to;
