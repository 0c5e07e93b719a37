-- Which of these messages the token still holds. Of a lane it holds the messages before the first one that it
-- does not hold: when an earlier one went to somebody else or was given back, the later ones went with it.
with named as materialized (
    select position, queue, lane, visible_at, token,
           row_number() over (partition by queue, lane order by position) as nth
    from edafw_message
    where position in (select value from json_each(?1))
)
select json_group_array(json_array(position, queue, lane, visible_at, held))
from (
    select position, queue, lane, visible_at,
           token = ?2 and coalesce(position < max(
               case when nth = 1 and lane is not null then (
                   select other.position from edafw_message other
                   where other.queue = named.queue and other.lane = named.lane and other.token is not ?2
                   order by other.position
                   limit 1) end) over (partition by queue, lane), 1) as held
    from named
) known;
