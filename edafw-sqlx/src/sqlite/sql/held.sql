-- Which of these messages the token still holds. Of a lane it holds the messages before the first one that it
-- does not hold: when an earlier one went to somebody else or was given back, the later ones went with it.
with lane as materialized (
    select queue, lane,
           (select other.position from edafw_message other
            where other.queue = named.queue and other.lane = named.lane and other.token is not ?2
            order by other.position
            limit 1) as lost_from
    from (select distinct queue, lane from edafw_message
          where position in (select value from json_each(?1)) and lane is not null) named
)
select m.position, m.queue, m.lane, m.visible_at, m.token = ?2 and coalesce(m.position < lane.lost_from, 1) as held
from edafw_message m
left join lane on lane.queue = m.queue and lane.lane = m.lane
where m.position in (select value from json_each(?1));
