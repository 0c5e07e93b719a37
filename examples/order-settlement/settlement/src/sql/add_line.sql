insert into settlement_line (order_no, merchant, amount) values (?1, ?2, ?3);
