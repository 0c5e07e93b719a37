-- The oldest sessions of a member, all but the newest so many.
select session_no, member_no, device from session where member_no = ?1 and ended_by is null
order by session_no desc limit -1 offset ?2;
