update account set balance = balance + (select paid from trip where trip_no = ?1)
where traveller = (select traveller from trip where trip_no = ?1);
