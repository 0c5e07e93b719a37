-- By primary key only, and never waiting: who waits for nobody takes part in no deadlock.
select o.position, o.generation, o.attempts
from json_table(?1, '$[*]' columns (position bigint path '$')) candidate
straight_join edafw_outbox o force index (primary) on o.position = candidate.position
where o.sent_at is null and o.due_at <= ?2
limit ?3
for update skip locked;
