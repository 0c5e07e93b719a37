insert into case_timeline (case_id, seq, activity, resource, at)
select new.case_id, 1 + (select count(*) from case_timeline old where old.case_id = new.case_id),
       new.activity, new.resource, new.at
from (select ? as case_id, ? as activity, ? as resource, ? as at) new;
