insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at)
select value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2
from json_each(?1)
order by key;
-- Most of the time there is no attempt at all, and no need to read the parameter again.
delete from edafw_attempt
where (subscriber, source, name, idempotency_key) in (
    select value ->> 0, value ->> 1, value ->> 2, value ->> 3
    from json_each(case when exists (select 1 from edafw_attempt any_attempt) then ?1 else '[]' end)
);
