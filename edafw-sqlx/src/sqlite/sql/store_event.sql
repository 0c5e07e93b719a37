insert into edafw_event
    (event_id, channel, source, name, version, key, time, payload, headers, stored_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);
