update place set state = ?2 where trip_no = ?1;
