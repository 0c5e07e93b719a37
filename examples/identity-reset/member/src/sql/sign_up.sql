insert into member (name) values (?1) returning member_no;
