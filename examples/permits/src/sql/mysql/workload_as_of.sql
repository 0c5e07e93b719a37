insert into workload_as_of (restored, resource, steps) values (?, ?, 1)
on duplicate key update steps = steps + 1;
