delete from membership where member_no = $1 and family_no = $2 and joining is null;
