update trip set paid = 0 where trip_no = ?1;
