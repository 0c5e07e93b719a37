delete from edafw_inbox
where id in (select id from edafw_inbox order by id limit ?2) and processed_at < ?1;
