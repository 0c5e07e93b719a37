insert into edafw_binding (topic, event, queue) values (?1, ?2, ?3);
