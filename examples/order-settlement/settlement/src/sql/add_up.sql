-- ?1 is the order, which the balance does not know.
insert into balance (merchant, lines, amount) values (?2, 1, ?3)
on conflict (merchant) do update set lines = balance.lines + 1, amount = balance.amount + ?3;
