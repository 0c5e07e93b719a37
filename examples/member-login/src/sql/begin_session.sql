insert into session (member_no, device) values (?1, ?2) returning session_no;
