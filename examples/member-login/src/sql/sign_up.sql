insert into member (log_in_limit) values (?1) returning member_no;
