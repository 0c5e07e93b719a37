insert into edafw_event (event_id, channel, source, name, version, `key`, time, payload, headers, stored_at)
values ?1;
