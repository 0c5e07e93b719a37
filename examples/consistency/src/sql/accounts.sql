select traveller, balance from account order by traveller;
