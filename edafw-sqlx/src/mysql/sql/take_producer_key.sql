insert into edafw_producer_key (source, name, idempotency_key, event_id) values (?1, ?2, ?3, ?4);
