begin isolation level read committed read write;
select (extract(epoch from transaction_timestamp()) * 1000000)::bigint;
