select count(*) from notification;
