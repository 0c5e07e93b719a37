insert into edafw_queue (name, service, ordered, registered_at) values ($1, $2, $3, (extract(epoch from clock_timestamp()) * 1000)::bigint);
