update orders set served = 1 where order_no = ?1;
