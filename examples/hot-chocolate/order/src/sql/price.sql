select price from price where drink = ?1;
