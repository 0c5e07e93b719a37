select id, processed_at < ?1 as is_old from edafw_inbox force index (primary) order by id limit ?2;
