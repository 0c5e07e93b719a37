select name, verified, verification from member where member_no = ?1;
