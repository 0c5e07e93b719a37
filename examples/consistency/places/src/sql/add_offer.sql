insert into offer (name, places) values (?1, ?2) on conflict (name) do nothing;
