update orders set state = ?2 where order_no = ?1;
