select exists (
           select 1 from edafw_inbox i
           where i.subscriber = entry.value ->> 0 and i.source = entry.value ->> 1
             and i.name = entry.value ->> 2 and i.idempotency_key = entry.value ->> 3) as done,
       exists (
           select 1 from edafw_dead_letter d
           where d.subscriber = entry.value ->> 0 and d.source = entry.value ->> 1
             and d.name = entry.value ->> 2 and d.idempotency_key = entry.value ->> 3) as dead,
       exists (
           select 1 from edafw_dead_letter h
           where h.subscriber = entry.value ->> 0 and h.key = entry.value ->> 4 and h.holds_key = 1) as held,
       exists (select 1 from edafw_pause p where p.subscriber = entry.value ->> 0) as paused
from json_each(?1) entry
order by entry.key;
