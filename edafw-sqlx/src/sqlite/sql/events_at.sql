select position, event_id, channel, source, name, version, key, time, payload, headers
from edafw_event
where position in (select value from json_each(?1))
order by position;
