select session_no, device from session where member_no = ?1 and ended_by is null order by session_no;
