select order_no, drink, price, served, cancelled, refunded from orders order by order_no;
