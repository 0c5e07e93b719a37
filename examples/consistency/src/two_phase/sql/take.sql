-- Locks the offer's row until the trip is finished: whoever wants the same night or flight waits here.
update offer set free = free - 1 where name = $1 and free > 0;
