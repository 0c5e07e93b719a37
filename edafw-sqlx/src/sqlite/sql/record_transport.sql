insert into edafw_transport (service, channel, place) values (?1, ?2, ?3)
on conflict (service, channel) do update set place = excluded.place;
