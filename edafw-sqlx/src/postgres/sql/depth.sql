-- What has a lease of its own, and what stands in lanes: each by its index.
select coalesce(sum(coalesce(cardinality(array_remove(events, null)), 1)), 0)::bigint
from (
    select events from edafw_message where queue = $1 and lane is null
    union all
    select events from edafw_message where queue = $1 and lane is not null
) message;
