update orders set cancelled = 1 where order_no = ?1;
