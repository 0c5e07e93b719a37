insert into case_timeline_as_of (restored, case_id, seq, activity, resource, at)
select new.restored, new.case_id,
       1 + (select count(*) from case_timeline_as_of old
            where old.restored = new.restored and old.case_id = new.case_id),
       new.activity, new.resource, new.at
from (select ? as restored, ? as case_id, ? as activity, ? as resource, ? as at) new;
