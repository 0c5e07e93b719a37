insert into entry (order_no, amount) values (?1, ?2);
