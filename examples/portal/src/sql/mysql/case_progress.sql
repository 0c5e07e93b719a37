insert into case_progress (case_id, steps) values (?, 1)
on duplicate key update steps = steps + 1;
