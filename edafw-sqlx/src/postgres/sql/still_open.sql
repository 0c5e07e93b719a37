-- Whether this is the transaction that was begun at $1.
select (extract(epoch from transaction_timestamp()) * 1000000)::bigint = $1;
