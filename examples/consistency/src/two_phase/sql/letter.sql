insert into letter (trip_no, text) values ($1, $2);
