insert into notification (order_no, customer, text) values (?1, ?2, ?3);
