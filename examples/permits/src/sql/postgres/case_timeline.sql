insert into case_timeline (case_id, seq, activity, resource, at)
select $1, 1 + count(*), $2, $3, $4 from case_timeline where case_id = $1;
