select text from notice where member_no = ?1 order by notice_no;
