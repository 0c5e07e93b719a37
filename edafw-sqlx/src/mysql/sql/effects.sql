-- What every subscriber has made of an act. All indexes begin with the subscriber, and nobody says which there are: their names
-- are skipped through in the index.
select straight_join i.subscriber, 0 as kind, i.processed_at, 0 as id, 0 as attempts, null as error, null as cause
from (select distinct subscriber from edafw_inbox force index (edafw_inbox_effect)) s
join edafw_inbox i force index (edafw_inbox_effect)
  on i.subscriber = s.subscriber and i.source = ?1 and i.name = ?2 and i.idempotency_key = ?3
union all
select straight_join d.subscriber, 1, d.at, d.id, d.attempts, d.error, d.cause
from (select distinct subscriber from edafw_dead_letter force index (edafw_dead_letter_effect)) s
join edafw_dead_letter d force index (edafw_dead_letter_effect)
  on d.subscriber = s.subscriber and d.source = ?1 and d.name = ?2 and d.idempotency_key = ?3
union all
select straight_join a.subscriber, 2, a.first_at, 0, a.attempts, a.last_error, null
from (select distinct subscriber from edafw_attempt force index (primary)) s
join edafw_attempt a force index (primary)
  on a.subscriber = s.subscriber and a.source = ?1 and a.name = ?2 and a.idempotency_key = ?3
order by 1, 2;
