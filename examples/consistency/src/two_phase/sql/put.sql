insert into place (trip_no, offer, price) values ($1, $2, $3);
