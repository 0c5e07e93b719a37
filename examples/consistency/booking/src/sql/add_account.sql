insert into account (traveller, balance) values (?1, ?2) on conflict (traveller) do nothing;
