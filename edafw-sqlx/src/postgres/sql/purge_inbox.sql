delete from edafw_inbox
where id = any(array(select id from edafw_inbox order by id limit $3 for update skip locked))
  and processed_at < coalesce($1::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) - $2;
