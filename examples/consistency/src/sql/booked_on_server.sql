select trip_no, offer, price from place order by trip_no;
