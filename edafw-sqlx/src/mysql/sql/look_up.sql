-- One number per entry, in the order given.
select case
    when exists (
        select 1 from edafw_inbox i force index (edafw_inbox_effect)
        where i.subscriber = entry.subscriber and i.source = entry.source and i.name = entry.name
          and i.idempotency_key = entry.idempotency_key) then 1
    when exists (
        select 1 from edafw_dead_letter d force index (edafw_dead_letter_effect)
        where d.subscriber = entry.subscriber and d.source = entry.source and d.name = entry.name
          and d.idempotency_key = entry.idempotency_key) then 2
    when exists (
        select 1 from edafw_dead_letter h force index (edafw_dead_letter_hold)
        where h.subscriber = entry.subscriber and h.holds_key = 1 and h.`key` = entry.`key`) then 3
    when exists (
        select 1 from edafw_pause p force index (primary) where p.subscriber = entry.subscriber) then 4
    else 0 end as state
from json_table(?1, '$[*]' columns (
    place for ordinality,
    subscriber varchar(200) character set ascii collate ascii_bin path '$[0]',
    source varchar(160) character set ascii collate ascii_bin path '$[1]',
    name varchar(160) character set ascii collate ascii_bin path '$[2]',
    idempotency_key varchar(512) character set utf8mb4 path '$[3]',
    `key` varchar(512) character set utf8mb4 path '$[4]')) entry
order by entry.place;
