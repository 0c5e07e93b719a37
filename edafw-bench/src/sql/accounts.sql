with recursive number(id) as (select 0 union all select id + 1 from number where id + 1 < ?1)
insert or ignore into account (id, balance) select id, 0 from number;
