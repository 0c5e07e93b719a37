-- Locked, so that of two steps of a case the one that is judged later is published later.
select last_step_at, steps from permit_case where case_id = ? for update;
