insert into made (order_no, drink) values (?1, ?2);
