-- The ?2 events behind position ?1: whether they were stored, and published, before the time ?3.
select position, stored_at < ?3, coalesce(published_at < ?3, 0)
from edafw_event
where position > ?1
order by position
limit ?2;
