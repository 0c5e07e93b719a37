select order_no, amount from entry order by id;
