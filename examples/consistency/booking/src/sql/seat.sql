select flight, seat_price from trip where trip_no = ?1;
