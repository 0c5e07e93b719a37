update session set ended_by = ?2 where session_no = ?1;
