insert into account (traveller, balance)
select $1::text, $2::bigint where not exists (select 1 from account where traveller = $1::text);
