insert into permit_case (case_id, opened_at, last_step_at, steps) values (?, ?, opened_at, 1)
on duplicate key update last_step_at = values(last_step_at), steps = steps + 1;
