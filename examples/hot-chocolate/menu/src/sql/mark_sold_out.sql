update drink set sold_out = 1 where drink = ?1;
