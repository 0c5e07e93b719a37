select id, subscriber, source, name, idempotency_key, `key`, queue, body, cause, error, attempts, holds_key, at
from edafw_dead_letter
where id > ?1
  and (?2 is null or id = ?2)
  and (?3 is null or subscriber = ?3)
  and (?4 is null or `key` = ?4)
order by id
limit ?5;
