select offer, state, held_until from place where trip_no = ?1;
