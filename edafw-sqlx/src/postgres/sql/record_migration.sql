insert into edafw_schema (version, oldest_compatible, applied_at)
values ($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint);
