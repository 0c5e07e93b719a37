select member_no from membership where family_no = $1 and joining is null order by member_no;
