select (select count(*) from act) as acts,
       (select count(*) from entry) as entries,
       (select count(*) from (select 1 from entry group by account, step having count(*) > 1)) as repeated,
       (select count(*) from act a
        where not exists (select 1 from (select account, step from entry) e
                          where e.account = a.account and e.step = a.step)) as lost,
       (select count(*) from entry e
        where not exists (select 1 from act a where a.account = e.account and a.step = e.step)) as invented,
       (select count(*) from (
            select step - lag(step, 1, 0) over (partition by account order by id) as stride from entry)
        where stride <> 1) as out_of_order;
