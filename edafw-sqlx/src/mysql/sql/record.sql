insert into edafw_inbox (subscriber, source, name, idempotency_key, processed_at) values ?1;
