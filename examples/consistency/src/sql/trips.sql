select trip_no, state, reason, paid from trip order by trip_no;
