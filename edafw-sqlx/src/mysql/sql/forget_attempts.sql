delete a
from json_table(?1, '$[*]' columns (
    subscriber varchar(200) character set ascii collate ascii_bin path '$[0]',
    source varchar(160) character set ascii collate ascii_bin path '$[1]',
    name varchar(160) character set ascii collate ascii_bin path '$[2]',
    idempotency_key varchar(512) character set utf8mb4 path '$[3]')) entry
straight_join edafw_attempt a force index (primary)
    on a.subscriber = entry.subscriber and a.source = entry.source and a.name = entry.name
    and a.idempotency_key = entry.idempotency_key;
