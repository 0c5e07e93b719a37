insert into drink (drink, price) values (?1, ?2)
on conflict (drink) do update set price = ?2 where drink.price <> ?2;
