select log_in_limit from member where member_no = ?1;
