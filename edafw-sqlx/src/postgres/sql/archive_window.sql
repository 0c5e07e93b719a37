-- The $2 events behind position $1: whether they were stored, and published, longer than $4 milliseconds ago.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) - $4 as ago
)
select position, stored_at < (select ago from moment), coalesce(published_at < (select ago from moment), false)
from edafw_event
where position > $1
order by position
limit $2;
