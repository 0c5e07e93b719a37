select trip_no from trip where state = 'trying' and opened_at <= ?1 order by trip_no;
