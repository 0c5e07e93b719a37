insert into served (order_no, drink) values (?1, ?2);
