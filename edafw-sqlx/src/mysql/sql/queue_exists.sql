select exists (select 1 from edafw_queue where name = ?1) as queue_exists;
