insert into edafw_schema (version, oldest_compatible, applied_at) values (?1, ?2, ?3);
