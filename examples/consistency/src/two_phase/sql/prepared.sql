select gid from pg_prepared_xacts where database = current_database() order by prepared;
