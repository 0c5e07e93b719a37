insert into price (drink, price) values (?1, ?2)
on conflict (drink) do update set price = ?2;
