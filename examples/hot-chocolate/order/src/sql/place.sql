insert into orders (order_no, drink, price) values (?1, ?2, ?3);
