insert into trip (trip_no, traveller, night, flight, room_price, seat_price, state, paid, opened_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?5 + ?6, ?8)
on conflict (trip_no) do nothing;
