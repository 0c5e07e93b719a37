-- One number per entry, in the order given.
with entry as materialized (
    select key as place, value ->> 0 as subscriber, value ->> 1 as source, value ->> 2 as name,
           value ->> 3 as idempotency_key, value ->> 4 as key
    from json_each(?1)
)
select json_group_array(case
    when exists (
        select 1 from edafw_inbox i
        where i.subscriber = entry.subscriber and i.source = entry.source and i.name = entry.name
          and i.idempotency_key = entry.idempotency_key) then 1
    when exists (
        select 1 from edafw_dead_letter d
        where d.subscriber = entry.subscriber and d.source = entry.source and d.name = entry.name
          and d.idempotency_key = entry.idempotency_key) then 2
    when exists (
        select 1 from edafw_dead_letter h
        where h.subscriber = entry.subscriber and h.key = entry.key and h.holds_key = 1) then 3
    when exists (select 1 from edafw_pause p where p.subscriber = entry.subscriber) then 4
    else 0 end order by place)
from entry;
