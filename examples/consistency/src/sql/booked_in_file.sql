select trip_no, offer, price from place where state = 'booked' order by trip_no;
