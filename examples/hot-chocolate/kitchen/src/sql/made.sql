select order_no, drink from made order by id;
