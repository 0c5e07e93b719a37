insert into activity_count (activity, steps) values (?, 1)
on duplicate key update steps = steps + 1;
