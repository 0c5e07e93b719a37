select drink, price, sold_out from drink order by drink;
