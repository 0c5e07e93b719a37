insert into place (trip_no, offer, price, state, held_until) values (?1, ?2, ?3, ?4, ?5)
on conflict (trip_no) do update set state = excluded.state, held_until = excluded.held_until;
