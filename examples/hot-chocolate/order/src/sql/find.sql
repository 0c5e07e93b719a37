select order_no, drink, price, served, cancelled, refunded from orders where order_no = ?1;
