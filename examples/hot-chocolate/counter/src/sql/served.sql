select order_no, drink from served order by id;
