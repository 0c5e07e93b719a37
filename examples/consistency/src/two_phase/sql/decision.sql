select state from trip where trip_no = $1;
