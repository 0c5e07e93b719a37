insert into edafw_transport (service, channel, place) values (?1, ?2, ?3)
on duplicate key update place = values(place);
