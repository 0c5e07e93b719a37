insert into offer (name, places, free)
select $1::text, $2::bigint, $2::bigint where not exists (select 1 from offer where name = $1::text);
