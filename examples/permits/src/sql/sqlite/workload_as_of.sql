insert into workload_as_of (restored, resource, steps) values (?1, ?2, 1)
on conflict (restored, resource) do update set steps = workload_as_of.steps + 1;
