insert into edafw_queue (name, service, ordered, registered_at) values (?1, ?2, ?3, ?4);
