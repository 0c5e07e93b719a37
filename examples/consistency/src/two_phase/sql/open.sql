insert into trip (trip_no, traveller, state, opened_at) values ($1, $2, 'open', $3)
on conflict (trip_no) do nothing;
