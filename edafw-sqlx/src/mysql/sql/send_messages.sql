insert into edafw_message (queue, lane, body, visible_at) values ?1;
