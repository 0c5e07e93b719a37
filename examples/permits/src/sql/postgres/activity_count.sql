insert into activity_count (activity, steps) values ($1, 1)
on conflict (activity) do update set steps = activity_count.steps + 1;
