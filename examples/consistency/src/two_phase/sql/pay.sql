update account set balance = balance - $2 where traveller = $1 and balance >= $2;
