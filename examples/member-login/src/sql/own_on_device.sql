select session_no, member_no, device from session where member_no = ?1 and device = ?2 and ended_by is null;
