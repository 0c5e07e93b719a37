-- One number per entry, in the order given. Dead letters and pauses are few: where there are none, no entry is compared.
with known as materialized (
    select (select min(id) from edafw_dead_letter) is not null as letters,
           exists (select 1 from edafw_pause) as pauses
)
select array_agg(case
    when exists (
        select 1 from edafw_inbox i
        where i.subscriber = entry.subscriber and i.source = entry.source and i.name = entry.name
          and i.idempotency_key = entry.idempotency_key) then 1
    when (select letters from known) and exists (
        select 1 from edafw_dead_letter d
        where d.subscriber = entry.subscriber and d.source = entry.source and d.name = entry.name
          and d.idempotency_key = entry.idempotency_key) then 2
    when (select letters from known) and exists (
        select 1 from edafw_dead_letter h
        where h.subscriber = entry.subscriber and h.key = entry.key and h.holds_key) then 3
    when (select pauses from known) and exists (
        select 1 from edafw_pause p where p.subscriber = entry.subscriber) then 4
    else 0 end::bigint order by place)
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
     with ordinality as entry (subscriber, source, name, idempotency_key, key, place);
