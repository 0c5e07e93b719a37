-- A hold that has run out takes no place.
select offer.places - (
    select count(*) from place
    where place.offer = offer.name and (state = 'booked' or (state = 'held' and held_until > ?2))
)
from offer where name = ?1;
