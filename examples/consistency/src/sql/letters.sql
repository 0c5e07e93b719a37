select trip_no, text from letter order by trip_no;
