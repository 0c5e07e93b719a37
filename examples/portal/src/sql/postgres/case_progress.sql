insert into case_progress (case_id, steps) values ($1, 1)
on conflict (case_id) do update set steps = case_progress.steps + 1;
