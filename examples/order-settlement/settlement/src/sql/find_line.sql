select merchant, amount from settlement_line where order_no = ?1 and amount > 0;
