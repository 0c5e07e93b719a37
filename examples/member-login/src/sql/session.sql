select session_no, member_no, device from session where session_no = ?1 and ended_by is null;
