select o.position
from json_table(?1, '$[*]' columns (`key` varchar(512) character set utf8mb4 path '$')) due
straight_join edafw_outbox o force index (edafw_outbox_key) on o.`key` = due.`key`
where o.sent_at is not null and o.exhausted_at is null;
