select last_step_at, steps from permit_case where case_id = ?1;
