insert into workload (resource, steps) values (?, 1)
on duplicate key update steps = steps + 1;
