select customer, merchant, amount, state from orders where order_no = ?1;
