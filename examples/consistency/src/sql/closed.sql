select count(*) from letter;
