select json_group_array(position) from edafw_event where event_id in (select value from json_each(?1));
