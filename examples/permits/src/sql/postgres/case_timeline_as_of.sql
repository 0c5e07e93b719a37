insert into case_timeline_as_of (restored, case_id, seq, activity, resource, at)
select $1, $2, 1 + count(*), $3, $4, $5
from case_timeline_as_of
where restored = $1 and case_id = $2;
