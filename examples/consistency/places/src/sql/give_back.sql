insert into place (trip_no, offer, price, state, held_until) values (?1, '', 0, 'given back', 0)
on conflict (trip_no) do update set state = 'given back';
