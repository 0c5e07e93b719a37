insert into chocolate (id, at_first, grams) values (1, ?1, ?1) on conflict (id) do nothing;
