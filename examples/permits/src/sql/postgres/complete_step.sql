insert into permit_case (case_id, opened_at, last_step_at, steps) values ($1, $2, $2, 1)
on conflict (case_id) do update set last_step_at = $2, steps = permit_case.steps + 1;
