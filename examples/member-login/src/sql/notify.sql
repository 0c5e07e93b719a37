insert into notice (member_no, text) values (?1, ?2);
