delete from membership where member_no = $1 and joining = $2;
