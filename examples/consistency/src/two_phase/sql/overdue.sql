select trip_no from trip where state = 'open' and opened_at <= $1 order by trip_no;
