insert into workload (resource, steps) values (?1, 1)
on conflict (resource) do update set steps = workload.steps + 1;
