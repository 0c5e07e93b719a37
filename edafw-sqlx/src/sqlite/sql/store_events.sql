insert into edafw_event
    (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, ?2
from json_each(?1)
order by key;
