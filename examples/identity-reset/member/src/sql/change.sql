update member set verified = ?2, verification = ?3 where member_no = ?1;
