-- No row where the effect has taken place; an earlier dead letter stays as it is, and counts.
insert into edafw_dead_letter
    (subscriber, source, name, idempotency_key, `key`, queue, body, cause, error, attempts, holds_key, at)
select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
from dual
where not exists (
    select 1 from edafw_inbox i force index (edafw_inbox_effect)
    where i.subscriber = ?1 and i.source = ?2 and i.name = ?3 and i.idempotency_key = ?4)
on duplicate key update at = edafw_dead_letter.at;
