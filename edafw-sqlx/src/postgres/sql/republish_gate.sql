select coalesce($1::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
       coalesce((select value from edafw_meta where name = 'confirmed-sent-at'), 0) as confirmed_sent_at,
       coalesce((select value from edafw_meta where name = 'probed-at'), 0) as probed_at,
       (select min(sent_at) from edafw_outbox where sent_at is not null and exhausted_at is null)
           as oldest_sent_at;
