update orders set refunded = refunded + ?2 where order_no = ?1;
